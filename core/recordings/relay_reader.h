// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/http_connection.h"
#include "core/recordings/segment_reader.h"

#include <QString>

#include <deque>
#include <functional>
#include <vector>

namespace vedette::recordings {

/// Reads what MediaMTX's playback server gives for a span of one path, in slices of a few seconds: an answer that is not read
/// for 10 s is cut off, so none is held open while a player pauses. The server sends the group of pictures before the asked
/// moment ahead, all at the time of the first visible one; what of it was given before is left out.
/// It ends an answer early without a word when a file of its is broken; then the next slice is asked for.
class RelayReader final : public SegmentReader {
public:
    static constexpr std::chrono::seconds kFirstSlice{2};
    static constexpr std::chrono::seconds kSlice{8};
    static constexpr std::int64_t kMostBytes = 96 << 20;  ///< of one slice

    struct Span {
        QString name;      ///< for errors
        UtcTime from{};
        UtcTime to{};
        bool open = false; ///< pictures behind to may come
    };
    /// URL of an answer that begins at a moment and lasts so long; it may hold credentials.
    using SliceUrl = std::function<QString(UtcTime, microseconds)>;

    static Result<std::unique_ptr<SegmentReader>> open(Span span, SliceUrl url, std::stop_token stop);

    const media::StreamInfo &info() const override { return m_info; }
    QString remark() const override { return m_remark; }
    Status seek(UtcTime at, std::stop_token stop) override;
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    RelayReader(Span span, SliceUrl url) : m_span(std::move(span)), m_url(std::move(url)), m_connection(options()) {}
    static net::HttpConnection::Options options();
    /// Into m_ahead what begins at m_next and was not given before.
    Status fetch(const std::stop_token &stop);
    void give(const std::vector<media::PacketPtr> &units);
    std::size_t givenBefore(const std::vector<media::PacketPtr> &pictures) const;

    const Span m_span;
    const SliceUrl m_url;
    net::HttpConnection m_connection;
    media::StreamInfo m_info;
    QString m_remark;
    UtcTime m_next{};               ///< where the next slice begins
    microseconds m_length = kFirstSlice;
    std::deque<media::PacketPtr> m_ahead;
    std::vector<media::PacketPtr> m_before;  ///< pictures of the slice before
    microseconds m_lastPts = microseconds::min() / 2;
    std::uint64_t m_count = 0;
};

} // namespace vedette::recordings
