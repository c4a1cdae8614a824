// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/capture_marker.h"

#include "core/media/nal.h"
#include "core/protocol/capture_sei.h"

namespace vedette::agent {

media::PacketPtr markPacket(const media::Packet &packet, const CaptureStamp &stamp, std::span<const std::uint8_t> parameterSets)
{
    const auto payload = protocol::encodeCapture(stamp);
    auto marked = std::make_shared<media::Packet>();
    marked->codec = packet.codec;
    marked->key = packet.key;
    marked->pts = packet.pts;
    marked->dts = packet.dts;
    marked->arrival = packet.arrival;
    marked->capture = stamp;
    if (packet.key && !parameterSets.empty() && media::extractParameterSets(packet.codec, packet.data).empty()) {
        media::Bytes whole(parameterSets.begin(), parameterSets.end());
        whole.insert(whole.end(), packet.data.begin(), packet.data.end());
        marked->data = media::insertUserDataSei(packet.codec, whole, payload);
    } else {
        marked->data = media::insertUserDataSei(packet.codec, packet.data, payload);
    }
    return marked;
}

} // namespace vedette::agent
