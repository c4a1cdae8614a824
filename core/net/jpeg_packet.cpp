// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/jpeg_packet.h"

#include "core/protocol/capture_jpeg.h"

#include <algorithm>

namespace vedette::net {

media::PacketPtr JpegPackets::make(media::Bytes file, const QByteArray &captureTime, MonoTime arrival)
{
    auto packet = std::make_shared<media::Packet>();
    packet->codec = media::Codec::Mjpeg;
    packet->key = true;
    packet->arrival = arrival;
    m_last = std::max<microseconds>(arrival.time_since_epoch(), m_last + microseconds{1});
    packet->pts = packet->dts = m_last;
    auto stamp = protocol::parseCaptureTime(captureTime);
    if (!stamp)
        stamp = protocol::findJpegCapture(file);
    if (stamp)
        packet->capture = *stamp;
    packet->data = std::move(file);
    return packet;
}

} // namespace vedette::net
