// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/capture/packet_stamper.h"
#include "edge-agent/capture/picture_rate.h"
#include "edge-agent/capture/source_factory.h"
#include "edge-agent/capture/standing_clock.h"
#include "edge-agent/capture/url_sound.h"

namespace vedette::agent {

/// A network camera: RTSP with H.264 or H.265 by our own receiver, RTSPS and everything else by libavformat. Its packets
/// come out as they are, with the stamps and times of PacketStamper; its sound goes to the context's sink.
class UrlSource final : public media::PacketSource {
public:
    static constexpr milliseconds kTimeout{5000}; ///< for each answer while it opens, and without a picture
    static constexpr int kSilentIntervals = 3;    ///< a slow camera may be silent longer: so many frame intervals

    /// Errors are one sentence that names the URL without its user part.
    static Result<std::unique_ptr<UrlSource>> open(const QString &url, const SourceContext &context, std::stop_token stop);
    /// H.264 and H.265.
    static bool canPassThrough(media::Codec codec);

    /// The frame rate is the announced one, else as measured; 0 for the first pictures then.
    const media::StreamInfo &info() const override { return m_info; }
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    UrlSource(const QString &url, std::unique_ptr<media::PacketSource> packets, bool late, const QString &whyNoSound,
              const SourceContext &context);

    Result<media::PacketPtr> readPatiently(std::stop_token stop);
    void takeSound(const media::Packet &packet);
    microseconds interval() const;
    void learnFramerate(const media::Packet &packet);
    milliseconds patience() const;

    const QString m_shownUrl; ///< without user part
    const std::unique_ptr<media::PacketSource> m_packets;
    const bool m_late; ///< libavformat gives a picture out when the next one begins
    const SourceContext m_context;
    PacketStamper m_stamper;
    UrlSound m_sound;
    media::StreamInfo m_info;
    media::Bytes m_parameterSets; ///< those that the rate was looked for in
    PictureRate m_measured;
    StandingClock m_cameraClock;
    double m_announced = 0;       ///< frames/s, by SDP or SPS
};

} // namespace vedette::agent
