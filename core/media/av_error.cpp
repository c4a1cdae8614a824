// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/av_error.h"

#include "core/base/secret.h"

#include <QLoggingCategory>
#include <QRegularExpression>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <dlfcn.h>
#include <mutex>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
}

namespace vedette::media {
namespace {

// FFmpeg warns about every lost packet of every camera; what matters comes back as an Error.
Q_LOGGING_CATEGORY(ffmpegLog, "vedette.ffmpeg", QtFatalMsg)

constexpr qsizetype kMostCollected = 4096;
thread_local QString collected;
thread_local bool collecting = false;

void forwardLog(void *object, int level, const char *format, std::va_list arguments)
{
    const bool collect = collecting && level <= AV_LOG_ERROR && collected.size() < kMostCollected;
    if (level > AV_LOG_WARNING || (!collect && !ffmpegLog().isWarningEnabled()))
        return;
    std::array<char, 1024> line{};
    int printPrefix = 1;
    av_log_format_line2(object, level, format, arguments, line.data(), static_cast<int>(line.size()), &printPrefix);
    const QString text = redact(QString::fromUtf8(line.data()).trimmed());
    if (collect)
        collected += text + u'\n';
    if (level <= AV_LOG_ERROR)
        qCCritical(ffmpegLog).noquote() << text;
    else
        qCWarning(ffmpegLog).noquote() << text;
}

/// SRT's library writes to stderr by itself, a line for each try. It comes with libavformat or not at all, so it is looked for
/// among what is loaded (srt.h: srt_setloghandler, SRT_LOG_HANDLER_FN).
void silenceSrt()
{
    using Handler = void(void *, int, const char *, int, const char *, const char *);
    const auto setHandler = reinterpret_cast<void (*)(void *, Handler *)>(::dlsym(RTLD_DEFAULT, "srt_setloghandler"));
    if (!setHandler)
        return;
    setHandler(nullptr, [](void *, int, const char *, int, const char *, const char *message) {
        qCWarning(ffmpegLog).noquote() << redact(QString::fromUtf8(message).trimmed());
    });
}

} // namespace

ErrorKind kindOf(int averror)
{
    switch (averror) {
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
    case AVERROR(EACCES):
    case AVERROR(EPERM): return ErrorKind::Denied;
    case AVERROR_HTTP_NOT_FOUND:
    case AVERROR_STREAM_NOT_FOUND:
    case AVERROR(ENOENT):
    case AVERROR(EISDIR): return ErrorKind::NotFound;
    case AVERROR(ETIMEDOUT): return ErrorKind::Timeout;
    case AVERROR_EXIT: return ErrorKind::Cancelled;
    case AVERROR_INVALIDDATA: return ErrorKind::Corrupt;
    case AVERROR_PROTOCOL_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND:
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_BSF_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
    case AVERROR(ENOSYS):
    case AVERROR(EPROTONOSUPPORT): return ErrorKind::Unsupported;
    case AVERROR(EINVAL):
    case AVERROR_OPTION_NOT_FOUND: return ErrorKind::InvalidInput;
    case AVERROR_BUG:
    case AVERROR_BUG2:
    case AVERROR(ENOMEM): return ErrorKind::Internal;
    default: return ErrorKind::Unavailable; // refused, unreachable, reset, EIO of a failed name lookup, 4xx, 5xx, EOF
    }
}

Error avError(int averror, const QString &context)
{
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(averror, text.data(), text.size());
    return Error{kindOf(averror), redact(context + QStringLiteral(": ") + QString::fromUtf8(text.data())), nullptr};
}

AvErrorLog::AvErrorLog()
{
    collected.clear();
    collecting = true;
}

AvErrorLog::~AvErrorLog()
{
    collecting = false;
}

QString AvErrorLog::text() const
{
    return collected;
}

void prepareFfmpeg()
{
    static std::once_flag once;
    std::call_once(once, [] {
        av_log_set_callback(forwardLog);
        avformat_network_init();
        silenceSrt();
    });
}

std::optional<Error> refusedOption(const QString &log)
{
    static const QRegularExpression option(QStringLiteral("failed to set option SRTO_(\\w+)"));
    const auto found = option.match(log);
    if (!found.hasMatch())
        return std::nullopt;
    const QString name = found.captured(1).toLower();
    return Error{ErrorKind::InvalidInput,
                 name == QLatin1String("passphrase") ? QStringLiteral("a passphrase has 10 to 79 characters")
                                                     : QStringLiteral("%1 has a value that SRT does not take").arg(name), nullptr};
}

} // namespace vedette::media
