// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

namespace vedette::media {

/// The third seam: where encoded access units go. Called on the producer's thread; never blocks.
class PacketSink {
public:
    virtual ~PacketSink() = default;
    virtual void setInfo(const StreamInfo &info) = 0;
    virtual void write(PacketPtr packet) = 0;
};

} // namespace vedette::media
