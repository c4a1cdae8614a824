// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::net {

/// Pushes one H.264 or H.265 stream, and AAC beside it, to an RTSP 1.0 server by ANNOUNCE and RECORD over TCP or TLS, or by
/// UDP where the address says "transport=udp" (RtspTarget). Each access unit leaves in one piece without waiting for an acknowledgement (libavformat lets Nagle's algorithm hold the end of a key frame
/// back for 40 ms). A server that answers nothing any more is noticed although its kernel still takes bytes. Blocking with
/// deadlines, thread-bound to its user.
class RtspPusher {
public:
    struct Options {
        milliseconds timeout{5000};          ///< to connect, for an answer, and without the server taking a byte
        milliseconds keepAliveEvery{2000};
        QString caFile;                      ///< empty: the system's store
    };
    /// InvalidInput for another scheme and for UDP with TLS, Unsupported for another video codec; other sound is left out; otherwise as RtspReceiver::open. No other error
    /// names the URL.
    static Result<std::unique_ptr<RtspPusher>> open(const QString &url, const media::StreamInfo &info, const Options &options, std::stop_token stop);
    /// Ends the session with a courtesy TEARDOWN that is not waited for.
    ~RtspPusher();

    /// A picture or a unit of sound; that of a track which is not pushed goes by. Unavailable when the connection is gone;
    /// Timeout when the server stopped reading or answering.
    Status write(const media::Packet &packet, std::stop_token stop);
    /// Keeps the session alive while there is nothing to write; call at least every second. Errors as write().
    Status idle(std::stop_token stop);

private:
    RtspPusher();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
