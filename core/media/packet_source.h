// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <stop_token>

namespace vedette::media {

/// The second seam: where encoded access units come from (a camera that encodes itself, a
/// network stream, a file). Same life and threading as FrameSource.
class PacketSource {
public:
    virtual ~PacketSource() = default;
    /// Known after construction; size and parameter sets may still be missing when they are only in band.
    virtual const StreamInfo &info() const = 0;
    /// Blocks until an access unit is complete. Timeout when nothing came for the source's
    /// own limit; Cancelled on stop.
    virtual Result<PacketPtr> read(std::stop_token stop) = 0;
    /// Network packets that never came, since the beginning; 0 where the transport loses none.
    virtual std::uint64_t lost() const { return 0; }
};

} // namespace vedette::media
