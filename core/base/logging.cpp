// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logging.h"

#include "core/base/secret.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>

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

QByteArray logLine(QtMsgType type, const char *category, const QString &text)
{
    static const bool terminal = isatty(STDERR_FILENO) == 1;
    static const bool journal = isJournal();
    QByteArray line = journal ? priority(type) : "";
    if (format == LogFormat::Text || (format == LogFormat::Auto && terminal)) {
        // A line is one line: what a peer says may hold line ends.
        return line + levelName(type) + ' ' + category + ": " + text.toUtf8().replace('\n', ' ').replace('\r', ' ');
    }
    return line
        + QJsonDocument(QJsonObject{{QStringLiteral("time"), QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs)},
                                    {QStringLiteral("level"), QLatin1String(levelName(type))},
                                    {QStringLiteral("category"), QLatin1String(category)},
                                    {QStringLiteral("message"), text}})
              .toJson(QJsonDocument::Compact);
}

/// stderr, which whoever reads it may cease to read: nobody waits for room there, and the lines that found none are counted.
/// Thread-safe.
class LogOutput {
public:
    LogOutput()
    {
        struct stat status {};
        (void)::fstat(STDERR_FILENO, &status);
        m_socket = S_ISSOCK(status.st_mode);
        // Opened again, since O_NONBLOCK holds for all who share a description.
        const int own = S_ISFIFO(status.st_mode) ? ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC) : -1;
        m_file = own >= 0 ? own : STDERR_FILENO;
        m_blocks = own < 0 && !m_socket;
    }

    void write(QByteArray line)
    {
        const std::lock_guard lock(m_mutex);
        if (m_lost > 0)
            line.prepend(logLine(QtWarningMsg, "vedette.log", QStringLiteral("%1 lines of the log found no room and are lost.").arg(m_lost)) + '\n');
        if (!put(m_rest) || !m_rest.isEmpty()) {
            ++m_lost;
            return;
        }
        m_rest = line;
        if (put(m_rest)) {
            m_lost = 0;
        } else {
            m_rest.clear();
            ++m_lost;
        }
    }

private:
    /// Takes away what could be written; false when nothing could.
    bool put(QByteArray &bytes)
    {
        if (bytes.isEmpty())
            return true;
        pollfd room{m_file, POLLOUT, 0};
        if (m_blocks && ::poll(&room, 1, 0) == 0)
            return false;
        const auto size = static_cast<std::size_t>(bytes.size());
        const ssize_t done = m_socket ? ::send(m_file, bytes.constData(), size, MSG_DONTWAIT | MSG_NOSIGNAL) : ::write(m_file, bytes.constData(), size);
        if (done > 0)
            bytes.remove(0, done);
        return done > 0;
    }

    std::mutex m_mutex;
    int m_file = STDERR_FILENO;
    bool m_socket = false;
    bool m_blocks = false;    ///< a terminal, a file, or a pipe that may not be opened again: asked for room first
    QByteArray m_rest;        ///< of a line that found room for its beginning only
    std::uint64_t m_lost = 0;
};

void writeLine(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    static LogOutput output;
    output.write(logLine(type, context.category ? context.category : "default", redact(message)) + '\n');
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
