// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/frame.h"

#include <stop_token>

namespace vedette::media {

/// The first seam: where raw pictures come from. Used by one thread, its capture worker, which
/// paces itself by read(). A failed read() ends this source: the owner destroys it, waits, and
/// makes a new one; retry policy lives there and nowhere else.
class FrameSource {
public:
    virtual ~FrameSource() = default;
    /// Blocks until the next picture is due (real time) or stop is requested (Cancelled).
    virtual Result<Frame> read(std::stop_token stop) = 0;
    virtual int width() const = 0;
    virtual int height() const = 0;
    virtual double framerate() const = 0;
};

} // namespace vedette::media
