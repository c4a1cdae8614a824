// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <QString>

#include <functional>
#include <memory>
#include <span>
#include <stop_token>

namespace vedette::media {

/// Writes one H.264 or H.265 video stream into a container or to a server, without policy.
/// Thread-bound to its user. Timestamps are shifted so that the first packet is at 0 and kept monotonic.
class Muxer {
public:
    /// Pushes to an RTSP server by ANNOUNCE and RECORD over TCP. Kinds as Demuxer::open.
    static Result<std::unique_ptr<Muxer>> openRtsp(const QString &url, const StreamInfo &info, milliseconds timeout,
                                                   std::stop_token stop);
    /// MPEG-TS into write(), which is called on the caller's thread inside write() and must not fail.
    /// Tables are repeated before each key frame. Every PES packet has its length, so that an access unit is known to
    /// be complete at once; large ones take several (ts_writer.h).
    static Result<std::unique_ptr<Muxer>> openTs(const StreamInfo &info,
                                                 std::function<void(std::span<const std::uint8_t>)> write);
    ~Muxer();

    /// Unavailable when the connection is gone; Timeout when the server stopped reading.
    Status write(const PacketPtr &packet, std::stop_token stop);

private:
    Muxer();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
