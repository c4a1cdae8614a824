// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/media/byte_source.h"

#include <QString>

#include <optional>

namespace vedette::recordings {

/// What a recorded file says of its time. Value type.
struct FileFacts {
    std::optional<CaptureStamp> stamp;  ///< of its first picture
    std::optional<UtcTime> checked;     ///< time of the first picture by the stamp of a later one; far off: one of both is damaged
    std::optional<UtcTime> arrived;     ///< of its first picture, when MediaMTX got it (mtxi box)
    std::optional<UtcTime> created;     ///< of the file as its container tells; whole seconds, and many leave it out
    microseconds duration{0};           ///< of the pictures
    bool growing = false;
    QString fault;                      ///< it plays, but not all of it; names the file
};

/// Reads a few kilobytes of it: of fragmented MP4 its head and its index, or the heads of its fragments where there is no
/// index (yet); of anything else what libavformat wants. Corrupt, Unsupported: it cannot be played at all, and why; else as
/// ByteSource::read(). name: for errors. Blocking.
Result<FileFacts> readFileFacts(std::unique_ptr<media::ByteSource> bytes, const QString &name, std::stop_token stop);

} // namespace vedette::recordings
