// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/decoder.h"
#include "core/media/jpeg_encoder.h"
#include "core/media/packet_tee.h"
#include "edge-agent/encode/encode_worker.h"
#include "edge-agent/publish/mjpeg_feed.h"

#include <functional>

namespace vedette::agent {

/// The newest pictures of one camera as they come: the source's own where the camera is encoded here; where its stream is
/// passed through, all packets are decoded, which is why it lives only while somebody looks. Used by one thread.
class CameraPictures final : public PictureSupply {
public:
    /// passedThrough: as far as it is known now, any thread. clock and encode outlive it.
    CameraPictures(const Clock &clock, std::function<bool()> passedThrough, const EncodeWorker &encode,
                   std::shared_ptr<media::PacketTee> tee, PictureSize limit, int quality);

    std::optional<media::Frame> next(std::stop_token stop, milliseconds timeout) override;
    /// As it fits into the limit, with its capture time inside.
    Result<JpegPicture> encode(const media::Frame &frame) override;

private:
    std::optional<media::Frame> nextDecoded(std::stop_token stop, milliseconds timeout);
    std::optional<media::Frame> decode(const media::PacketPtr &packet);

    const Clock &m_clock;
    const std::function<bool()> m_passedThrough;
    const EncodeWorker &m_encode;
    const std::shared_ptr<media::PacketTee> m_tee;
    const PictureSize m_limit;
    const int m_quality;
    media::JpegEncoder m_jpeg;
    std::optional<media::Frame> m_seen;      ///< given out last
    media::PacketReaderPtr m_reader;         ///< only while the stream is passed through
    std::unique_ptr<media::Decoder> m_decoder;
    media::Codec m_codec = media::Codec::Unknown;
};

} // namespace vedette::agent
