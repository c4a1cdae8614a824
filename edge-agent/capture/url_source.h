// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/capture/packet_stamper.h"
#include "edge-agent/capture/source_factory.h"

namespace vedette::agent {

/// A network camera: RTSP with H.264 or H.265 by our own receiver, RTSPS and everything else by libavformat. Its packets
/// come out as they are, with the stamps and times of PacketStamper.
class UrlSource final : public media::PacketSource {
public:
    static constexpr milliseconds kTimeout{5000}; ///< to open, and without a byte

    static Result<std::unique_ptr<UrlSource>> open(const QString &url, const SourceContext &context, std::stop_token stop);
    /// H.264 and H.265.
    static bool canPassThrough(media::Codec codec);

    const media::StreamInfo &info() const override { return m_packets->info(); }
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    UrlSource(const QString &url, std::unique_ptr<media::PacketSource> packets, bool late, const SourceContext &context);

    const QString m_shownUrl; ///< without user part
    const std::unique_ptr<media::PacketSource> m_packets;
    const bool m_late; ///< libavformat gives a picture out when the next one begins
    PacketStamper m_stamper;
};

} // namespace vedette::agent
