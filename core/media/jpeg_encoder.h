// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/frame.h"
#include "core/media/packet.h"

#include <memory>

namespace vedette::media {

/// JPEG files (JFIF, baseline, 4:2:0) of single pictures. Keeps its context between pictures of the same size.
/// Thread-bound to its user.
class JpegEncoder {
public:
    JpegEncoder();
    ~JpegEncoder();

    /// Scaled to width × height; quality 1 to 100.
    Result<Bytes> encode(const Frame &frame, int width, int height, int quality);
    Result<Bytes> encode(const Frame &frame, int quality) { return encode(frame, frame.width, frame.height, quality); }

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
