// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/decoder.h"
#include "core/media/frame_source.h"
#include "core/media/packet_source.h"

#include <deque>
#include <memory>

namespace vedette::agent {

/// Pictures of a stream that is not passed through (MJPEG and the like): decoded here, encoded again later. Keeps the
/// packets' capture stamps.
class DecodedSource final : public media::FrameSource {
public:
    static Result<std::unique_ptr<DecodedSource>> create(std::unique_ptr<media::PacketSource> packets);

    Result<media::Frame> read(std::stop_token stop) override;
    int width() const override { return m_packets->info().width; }
    int height() const override { return m_packets->info().height; }
    double framerate() const override { return m_packets->info().framerate; }

private:
    DecodedSource(std::unique_ptr<media::PacketSource> packets, std::unique_ptr<media::Decoder> decoder)
        : m_packets(std::move(packets)), m_decoder(std::move(decoder))
    {
    }

    std::unique_ptr<media::PacketSource> m_packets;
    std::unique_ptr<media::Decoder> m_decoder;
    std::deque<media::Frame> m_ready;
};

} // namespace vedette::agent
