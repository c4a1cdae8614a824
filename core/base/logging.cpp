// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logging.h"

#include "core/base/secret.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

namespace vedette {
namespace {

const char *levelName(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg: return "debug";
    case QtInfoMsg: return "info";
    case QtWarningMsg: return "warning";
    case QtCriticalMsg: return "error";
    case QtFatalMsg: return "fatal";
    }
    return "info";
}

std::atomic<LogFormat> format{LogFormat::Auto};

/// Whether stderr is the journal itself, not a file that a parent's variable outlived.
bool isJournal()
{
    struct stat status {};
    if (::fstat(STDERR_FILENO, &status) != 0)
        return false;
    return qgetenv("JOURNAL_STREAM") == QByteArray::number(quint64{status.st_dev}) + ':' + QByteArray::number(quint64{status.st_ino});
}

/// syslog(3).
const char *priority(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg: return "<7>";
    case QtInfoMsg: return "<6>";
    case QtWarningMsg: return "<4>";
    case QtCriticalMsg: return "<3>";
    case QtFatalMsg: return "<2>";
    }
    return "<6>";
}

void writeLine(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    static const bool terminal = isatty(STDERR_FILENO) == 1;
    static const bool journal = isJournal();
    const QString text = redact(message);
    const char *category = context.category ? context.category : "default";
    QByteArray line = journal ? priority(type) : "";
    if (format == LogFormat::Text || (format == LogFormat::Auto && terminal)) {
        // A line is one line: what a peer says may hold line ends.
        line += QByteArray(levelName(type)) + ' ' + category + ": " + text.toUtf8().replace('\n', ' ').replace('\r', ' ');
    } else {
        line += QJsonDocument(QJsonObject{{QStringLiteral("time"), QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs)},
                                          {QStringLiteral("level"), QLatin1String(levelName(type))},
                                          {QStringLiteral("category"), QLatin1String(category)},
                                          {QStringLiteral("message"), text}})
                    .toJson(QJsonDocument::Compact);
    }
    line += '\n';
    std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stderr);
}

} // namespace

void installLogging()
{
    qInstallMessageHandler(writeLine);
}

void setLogFormat(LogFormat wanted)
{
    format = wanted;
}

std::optional<LogFormat> logFormatFromString(QStringView word)
{
    if (word == QLatin1String("auto"))
        return LogFormat::Auto;
    if (word == QLatin1String("text"))
        return LogFormat::Text;
    return word == QLatin1String("json") ? std::optional(LogFormat::Json) : std::nullopt;
}

} // namespace vedette
