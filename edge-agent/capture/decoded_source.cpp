// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/decoded_source.h"

namespace vedette::agent {

Result<std::unique_ptr<DecodedSource>> DecodedSource::create(std::unique_ptr<media::PacketSource> packets)
{
    auto decoder = media::Decoder::create(packets->info());
    if (!decoder)
        return fail(decoder.error());
    return std::unique_ptr<DecodedSource>(new DecodedSource(std::move(packets), std::move(*decoder)));
}

Result<media::Frame> DecodedSource::read(std::stop_token stop)
{
    while (m_ready.empty()) {
        const auto packet = m_packets->read(stop);
        if (!packet)
            return fail(packet.error());
        auto frames = m_decoder->decode(*packet);
        if (!frames)
            continue; // broken data goes by; silence is noticed by whoever waits for pictures
        for (media::Frame &frame : *frames) {
            frame.captured = (*packet)->arrival;
            m_ready.push_back(std::move(frame));
        }
    }
    media::Frame frame = std::move(m_ready.front());
    m_ready.pop_front();
    return frame;
}

} // namespace vedette::agent
