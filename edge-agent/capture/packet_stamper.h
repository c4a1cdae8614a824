// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/decode_times.h"
#include "core/media/picture_order.h"
#include "edge-agent/capture/arrival_clock.h"
#include "edge-agent/capture/source_factory.h"

namespace vedette::agent {

/// Gives the packets of a camera that encodes itself their capture stamps and times on this machine's monotonic clock:
/// presentation times are those of ArrivalClock, so they rise whatever the camera's do; decoding times follow from their
/// order. One for each connection's stream; used by the capture thread. Cannot fail.
class PacketStamper {
public:
    PacketStamper(const media::StreamInfo &info, const SourceContext &context) : m_context(context), m_order(info.parameterSets) {}

    /// Packets in the order of arrival. late: how long the receiver may have held a packet back.
    media::PacketPtr stamp(const media::Packet &packet, microseconds late);
    /// When sound of the same origin was made; empty before the first picture.
    std::optional<MonoTime> capturedAt(microseconds pts) const { return m_arrivals.at(pts); }

private:
    const SourceContext m_context;
    ArrivalClock m_arrivals;
    media::PictureOrder m_order;
    media::DecodeTimes m_decodeTimes;
    bool m_ranked = false;
};

} // namespace vedette::agent
