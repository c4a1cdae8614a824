// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/byte_stream.h"
#include "core/net/rtsp_auth.h"
#include "core/net/rtsp_parser.h"
#include "core/net/udp_ports.h"

#include <deque>

namespace vedette::net {

/// Requests and answers of one RTSP connection and the packets that belong to it, interleaved or by UDP. Those that come
/// while an answer is awaited are kept for receive(). Thread-bound.
class RtspSession {
public:
    static constexpr std::size_t kMaxKeptFrames = 4096; ///< while an answer is awaited; older ones are dropped

    RtspSession(std::unique_ptr<ByteStream> stream, RtspAuth auth, milliseconds timeout);
    /// Takes its leave without waiting: a closed connection ends the session as well.
    ~RtspSession();

    /// The answer with a status below 400 or the error for it; answers one challenge by itself.
    Result<RtspResponse> request(const QByteArray &method, const QByteArray &uri, const QByteArray &extraHeaders, std::stop_token stop,
                                 const QByteArray &body = {});
    /// Says that somebody still watches. The answer is not waited for; receive() deals with it: a new challenge is answered
    /// once, and a server that does not know the method is asked by another.
    Status keepAlive(std::stop_token stop);
    /// A binary frame of the channel, or a datagram when the channel came by UDP.
    Status send(std::uint8_t channel, const QByteArray &data, std::stop_token stop);
    /// Binary frames put together by appendFrame(), in one piece.
    Status sendFrames(const QByteArray &frames, std::stop_token stop);
    /// data of at most 65,535 bytes.
    static void appendFrame(QByteArray &frames, std::uint8_t channel, const QByteArray &data);
    /// The next RTP or RTCP packet; empty when none came in time. Denied and Unavailable by answers to keepAlive().
    Result<std::optional<InterleavedFrame>> receive(milliseconds timeout, std::stop_token stop);

    /// Of a session that only sends: deals with what has come, without waiting. True when an answer was among it.
    Result<bool> drain(std::stop_token stop);

    /// From SETUP: requests carry it from now on; uri is that of the whole presentation, and of keepAlive().
    void setSession(const QByteArray &id, const QByteArray &uri, const QByteArray &keepAliveMethod = "GET_PARAMETER");
    /// Packets of these ports are given out as channel (RTP) and channel + 1 (RTCP).
    void addPorts(std::uint8_t channel, std::unique_ptr<UdpPorts> ports);
    const ByteStream &stream() const { return *m_stream; }

private:
    struct Ports {
        std::uint8_t channel;
        std::unique_ptr<UdpPorts> udp;
    };
    Status write(const QByteArray &method, const QByteArray &uri, const QByteArray &extraHeaders, const QByteArray &body, milliseconds timeout,
                 std::stop_token stop);
    Result<RtspParser::Item> nextItem(std::chrono::steady_clock::time_point deadline, std::stop_token stop);
    Status onAnswer(const RtspResponse &response, std::stop_token stop);
    std::optional<InterleavedFrame> nextDatagram();

    std::unique_ptr<ByteStream> m_stream;
    RtspAuth m_auth;
    milliseconds m_timeout;
    RtspParser m_parser;
    std::deque<InterleavedFrame> m_frames;
    std::vector<Ports> m_ports;
    std::vector<int> m_descriptors;
    QByteArray m_session;
    QByteArray m_sessionUri;
    QByteArray m_keepAliveMethod;
    bool m_challenged = false;     // the last keep-alive
    bool m_answered = false;       // since the last drain()
    int m_sequence = 0;
    std::vector<char> m_buffer;
};

} // namespace vedette::net
