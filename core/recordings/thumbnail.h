// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/media/packet.h"

#include <QString>

#include <optional>
#include <stop_token>

namespace vedette::recordings {

/// Which picture of which recorded file. Value type.
struct ThumbnailRequest {
    QString file;              ///< its path
    UtcTime from{};            ///< capture time of its first picture, where the pictures do not tell it
    bool known = true;         ///< that time is UTC, not a run's own clock
    std::optional<UtcTime> at; ///< the newest picture captured at or before; empty: the first
    int width = 320;           ///< pixels; a smaller picture is not enlarged
    MonoTime deadline{};       ///< by clock
};
struct Thumbnail {
    media::Bytes jpeg;         ///< with its capture time inside, see core/protocol/capture_jpeg.h
    CaptureStamp capture;
};

/// Decodes from the key frame before on; times as the manifest beside the file corrects
/// them. Blocking, for a Worker. NotFound: no picture there; Timeout at the deadline;
/// others as those of FileSegmentReader.
Result<Thumbnail> makeThumbnail(const ThumbnailRequest &request, const Clock &clock, std::stop_token stop);

} // namespace vedette::recordings
