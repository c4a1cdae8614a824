// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/byte_stream.h"
#include "core/net/rtsp_auth.h"
#include "core/net/rtsp_parser.h"

#include <QUrl>

#include <deque>

namespace vedette::net {

/// Requests and answers of one RTSP connection; binary frames that come in between are kept for receive(). Thread-bound.
class RtspSession {
public:
    static constexpr std::size_t kMaxKeptFrames = 4096; ///< while an answer is awaited; older ones are dropped

    /// url without credentials.
    RtspSession(std::unique_ptr<ByteStream> stream, QUrl url, RtspAuth auth, milliseconds timeout);

    /// The answer with a status below 300 or the error for it; answers one challenge by itself.
    Result<RtspResponse> request(const QByteArray &method, const QByteArray &uri, const QByteArray &extraHeaders, std::stop_token stop,
                                 const QByteArray &body = {});
    /// Without waiting for the answer, which receive() skips.
    Status post(const QByteArray &method, const QByteArray &uri, std::stop_token stop);
    Status sendFrame(std::uint8_t channel, const QByteArray &data, std::stop_token stop);
    /// Binary frames put together by appendFrame(), in one piece.
    Status sendFrames(const QByteArray &frames, std::stop_token stop);
    /// data of at most 65,535 bytes.
    static void appendFrame(QByteArray &frames, std::uint8_t channel, const QByteArray &data);
    /// The next binary frame.
    Result<InterleavedFrame> receive(milliseconds timeout, std::stop_token stop);
    /// Of a session that only sends: reads what has come, without waiting. True when an answer was among it; an answer
    /// that ends the session is its error.
    Result<bool> drain(std::stop_token stop);

    void setSession(const QByteArray &id) { m_session = id; }
    const QUrl &url() const { return m_url; }

private:
    Status write(const QByteArray &method, const QByteArray &uri, const QByteArray &extraHeaders, const QByteArray &body, std::stop_token stop);
    Status survives(const RtspResponse &response) const;
    Result<RtspParser::Item> nextItem(std::chrono::steady_clock::time_point deadline, std::stop_token stop);

    std::unique_ptr<ByteStream> m_stream;
    QUrl m_url;
    RtspAuth m_auth;
    milliseconds m_timeout;
    RtspParser m_parser;
    std::deque<InterleavedFrame> m_frames;
    QByteArray m_session;
    int m_sequence = 0;
    std::vector<char> m_buffer;
};

} // namespace vedette::net
