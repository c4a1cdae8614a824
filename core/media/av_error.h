// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

#include <optional>

namespace vedette::media {

/// The one table from FFmpeg's error numbers to our kinds.
ErrorKind kindOf(int averror);

/// An Error with FFmpeg's own words after the context; both pass redact().
Error avError(int averror, const QString &context);

/// Sends FFmpeg's log, and that of its SRT library, to the category "vedette.ffmpeg" (off unless QT_LOGGING_RULES switches it
/// on) and opens its network layer. Called by everything in this folder before its first FFmpeg call; thread-safe, does its work once.
void prepareFfmpeg();

/// Collects, bounded and redacted, what FFmpeg logs as errors on this thread while it lives: some protocols tell their
/// reason only there. One at a time on a thread.
class AvErrorLog {
public:
    AvErrorLog();
    ~AvErrorLog();
    AvErrorLog(const AvErrorLog &) = delete;
    AvErrorLog &operator=(const AvErrorLog &) = delete;
    QString text() const;
};

/// What FFmpeg's log says of an SRT option and its code does not.
std::optional<Error> refusedOption(const QString &log);

} // namespace vedette::media
