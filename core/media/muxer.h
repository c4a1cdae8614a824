// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <functional>
#include <memory>
#include <span>

namespace vedette::media {

/// Writes one H.264 or H.265 video stream, with AAC beside it, as MPEG-TS, without policy. Thread-bound to its user. Timestamps are shifted so
/// that the first packet is at 0; decoding times strictly rise and are never after the presentation.
class Muxer {
public:
    using WriteBytes = std::function<void(std::span<const std::uint8_t>)>;
    /// write() is called on the caller's thread inside Muxer::write() and must not fail. Tables are repeated before each
    /// key frame. Every PES packet has its length, so that an access unit is known to be complete at once; large ones
    /// take several (ts_writer.h). Unsupported for another video codec; sound that ADTS cannot carry is left out.
    static Result<std::unique_ptr<Muxer>> openTs(const StreamInfo &info, WriteBytes write);
    ~Muxer();

    /// A picture or a unit of sound; sound before the first picture, or that has no track, goes by. InvalidInput for an
    /// empty packet.
    Status write(const PacketPtr &packet);

private:
    explicit Muxer(const StreamInfo &info);
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
