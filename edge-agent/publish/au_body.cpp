// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/au_body.h"

namespace vedette::agent {

QByteArray AuBody::read()
{
    QByteArray out;
    while (!m_failed && out.size() < kEnough) {
        const media::PacketPtr packet = m_reader->tryRead();
        if (!packet)
            break;
        if (packet->key || !m_stream) {
            const media::StreamInfo info = m_reader->info();
            const std::uint8_t codec = packet->codec == media::Codec::H264 ? 1 : packet->codec == media::Codec::H265 ? 2 : 0;
            const protocol::AuStream stream{codec, info.width, info.height, info.framerate};
            m_failed = codec == 0;
            if (m_failed)
                break;
            if (m_stream != stream)
                out += protocol::encodeAuStream(stream);
            m_stream = stream;
        }
        out += protocol::encodeAuUnitHead(packet->key, packet->pts.count(), packet->dts.count(), packet->data.size());
        out.append(reinterpret_cast<const char *>(packet->data.data()), static_cast<qsizetype>(packet->data.size()));
    }
    return out;
}

} // namespace vedette::agent
