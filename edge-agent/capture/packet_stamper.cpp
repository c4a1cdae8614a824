// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/packet_stamper.h"

#include <algorithm>

namespace vedette::agent {

media::PacketPtr PacketStamper::stamp(const media::Packet &packet, microseconds late)
{
    const std::optional<std::int64_t> shown = m_order.next(packet);
    const auto depth = m_order.depth();
    const ArrivalClock::Mapped mapped = m_arrivals.map(packet.pts, packet.arrival, depth.value_or(ArrivalClock::kUsualDepth));
    std::optional<PictureRank> rank;
    if (shown)
        rank = PictureRank{*shown, !m_ranked};
    m_ranked = shown.has_value();
    m_decodeTimes.require(depth.value_or(0));

    auto stamped = std::make_shared<media::Packet>(packet);
    stamped->capture = m_context.stamp(mapped.captured, rank);
    stamped->capture->uncertainty += mapped.uncertainty + late;
    stamped->pts = microseconds{toMicros(mapped.captured)};
    stamped->dts = m_decodeTimes.next(stamped->pts);
    stamped->pts = std::max(stamped->pts, stamped->dts); // only where the stream reorders without saying so
    return stamped;
}

} // namespace vedette::agent
