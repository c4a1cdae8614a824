// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/demuxer.h"
#include "edge-agent/capture/arrival_clock.h"
#include "edge-agent/capture/source_factory.h"

namespace vedette::agent {

/// A network camera (RTSP over TCP, RTSPS, or whatever libavformat opens). Its packets come out as they are, with capture
/// times from ArrivalClock and timestamps moved onto this machine's monotonic clock.
class UrlSource final : public media::PacketSource {
public:
    static constexpr milliseconds kTimeout{5000}; ///< to open, and without a byte

    static Result<std::unique_ptr<UrlSource>> open(const QString &url, const SourceContext &context, std::stop_token stop);
    /// H.264 and H.265.
    static bool canPassThrough(media::Codec codec);

    const media::StreamInfo &info() const override { return m_demuxer->info(); }
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    UrlSource(const QString &url, std::unique_ptr<media::Demuxer> demuxer, const SourceContext &context);

    const QString m_shownUrl; ///< without user part
    std::unique_ptr<media::Demuxer> m_demuxer;
    const SourceContext m_context;
    ArrivalClock m_arrivals;
    microseconds m_shift{0};
    std::optional<microseconds> m_lastDts;
};

} // namespace vedette::agent
