// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logging.h"

#include "core/base/secret.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>

#include <cstdio>
#include <unistd.h>

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

void writeLine(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    static const bool terminal = isatty(STDERR_FILENO) == 1;
    const QString text = redact(message);
    const char *category = context.category ? context.category : "default";
    QByteArray line;
    if (terminal) {
        line = QByteArray(levelName(type)) + ' ' + category + ": " + text.toUtf8();
    } else {
        line = QJsonDocument(QJsonObject{{QStringLiteral("time"), QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs)},
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

} // namespace vedette
