// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <memory>
#include <stop_token>

namespace vedette::agent {

/// One connection that takes packets from a key frame on, whatever its protocol. Blocking with deadlines, which a stop
/// ends; used by one thread. Errors name no URL: their kind decides what the publisher says and does.
class Pusher {
public:
    virtual ~Pusher() = default;
    virtual Status write(const media::PacketPtr &packet, std::stop_token stop) = 0;
    /// Keeps the connection while there is nothing to write; called at least every second.
    virtual Status idle(std::stop_token stop) = 0;
};

/// RTSP(S), RTMP(S) or SRT by the scheme of the address. timeout: to connect, and without the other side taking a byte.
Result<std::unique_ptr<Pusher>> openPusher(const QString &url, const media::StreamInfo &info, milliseconds timeout, std::stop_token stop);

} // namespace vedette::agent
