// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::media {

/// Pushes one stream, and AAC beside it, to an RTMP(S) server (H.264 only: FLV) or to an SRT listener (MPEG-TS), without policy. Blocking with
/// deadlines, which a stop ends within 100 ms; thread-bound to its user. No error names the address or a key.
class AvPusher {
public:
    struct Options {
        milliseconds timeout{5000}; ///< to connect, and without the other side taking a byte
        QString caFile;             ///< of RTMPS; empty: the system's store
    };
    static bool handles(const QString &url);
    /// Denied when the other side refuses the key or passphrase, Unavailable when it is not there or another publisher holds
    /// the path, Timeout, InvalidInput, Unsupported (codec), Cancelled.
    static Result<std::unique_ptr<AvPusher>> open(const QString &url, const StreamInfo &info, const Options &options, std::stop_token stop);
    /// Takes its leave within 500 ms.
    ~AvPusher();

    /// Unavailable when the connection is gone, Timeout when the other side stopped reading.
    Status write(const PacketPtr &packet, std::stop_token stop);

private:
    AvPusher();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
