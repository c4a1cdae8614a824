// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/frame.h"
#include "core/media/packet.h"

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

/// The second seam: where encoded access units come from (a camera that encodes itself, a
/// network stream, a file). Same life and threading as FrameSource.
class PacketSource {
public:
    virtual ~PacketSource() = default;
    /// Known after construction; parameter sets may still be empty when they are only in band.
    virtual const StreamInfo &info() const = 0;
    /// Blocks until an access unit is complete. Timeout when nothing came for the source's
    /// own limit; Cancelled on stop.
    virtual Result<PacketPtr> read(std::stop_token stop) = 0;
};

/// The third seam: where encoded access units go. Called on the producer's thread; never blocks.
class PacketSink {
public:
    virtual ~PacketSink() = default;
    virtual void setInfo(const StreamInfo &info) = 0;
    virtual void write(PacketPtr packet) = 0;
};

} // namespace vedette::media
