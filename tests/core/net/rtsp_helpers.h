// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"
#include "core/net/rtsp_receiver.h"
#include "tests/core/media/scripted_server.h"
#include "tests/support/process.h"

#include <QElapsedTimer>
#include <QRegularExpression>

#include <optional>

namespace vedette::test {

/// Opens a stream of a real server, which may still be busy with the end of the last one.
inline Result<std::unique_ptr<net::RtspReceiver>> openRtsp(const QString &url, const net::RtspReceiver::Options &options)
{
    Result<std::unique_ptr<net::RtspReceiver>> receiver = fail(ErrorKind::Internal, QStringLiteral("not tried"));
    waitUntil(
        [&] {
            receiver = net::RtspReceiver::open(url, options, {});
            return receiver || !receiver.error().text().contains(QStringLiteral("503"));
        },
        milliseconds{5000});
    return receiver;
}

/// Reads until count pictures came or an error.
inline Status readPictures(net::RtspReceiver &receiver, int count, bool first = true)
{
    for (int i = 0; i < count; ++i) {
        const auto packet = receiver.read({});
        if (!packet)
            return fail(packet.error());
        if (first && !(*packet)->key)
            return fail(ErrorKind::Internal, QStringLiteral("the first picture is no key frame"));
        if ((*packet)->data.size() < 5 || (*packet)->arrival == MonoTime{})
            return fail(ErrorKind::Internal, QStringLiteral("an empty packet"));
        first = false;
    }
    return {};
}

/// Runs a blocking call on a thread of its own, asks it to stop when begun() and says how long it took to end.
template <typename Call>
milliseconds timeToStop(Call call, const std::function<bool()> &begun)
{
    std::atomic<bool> ended{false};
    Worker worker("blocking", [&](std::stop_token stop) {
        call(stop);
        ended = true;
    });
    waitUntil([&] { return begun() || ended; }, milliseconds{10'000});
    QElapsedTimer timer;
    timer.start();
    worker.stop();
    return milliseconds{timer.elapsed()};
}

/// A script's side of RTSP: for answers that no real server gives.
struct ScriptedRtsp {
    QTcpSocket &socket;
    QByteArray request;

    explicit ScriptedRtsp(QTcpSocket &s) : socket(s) {}
    /// The next request; false when there is none.
    bool next()
    {
        request = ScriptedServer::readRequest(socket);
        return !request.isEmpty();
    }
    QByteArray header(const QString &name) const
    {
        const QRegularExpression line(QStringLiteral("^%1:\\s*(.*?)\\r$").arg(name),
                                      QRegularExpression::MultilineOption | QRegularExpression::CaseInsensitiveOption);
        return line.match(QString::fromUtf8(request)).captured(1).toUtf8();
    }
    void answer(const QByteArray &status, const QByteArray &headers = {}, const QByteArray &body = {})
    {
        ScriptedServer::send(socket, "RTSP/1.0 " + status + "\r\nCSeq: " + header(QStringLiteral("CSeq")) + "\r\n" + headers
                                         + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    }
    /// DESCRIBE, SETUP and PLAY as a camera does.
    void play(const QByteArray &session = "1;timeout=60")
    {
        static const QByteArray sdp = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n";
        for (int i = 0; i < 3 && next(); ++i)
            answer("200 OK", "Session: " + session + "\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n",
                   request.startsWith("DESCRIBE") ? sdp : QByteArray());
    }
    /// An RTP packet on channel 0.
    void rtp(std::uint16_t sequence, std::uint32_t timestamp, bool marker, const QByteArray &payload)
    {
        QByteArray packet("\x80");
        packet += static_cast<char>(marker ? 0xe0 : 0x60);
        for (const int shift : {8, 0})
            packet += static_cast<char>(sequence >> shift);
        for (const int shift : {24, 16, 8, 0})
            packet += static_cast<char>(timestamp >> shift);
        packet += "SSRC" + payload;
        QByteArray frame("$\0", 2);
        frame += static_cast<char>(packet.size() >> 8);
        frame += static_cast<char>(packet.size() & 0xff);
        socket.write(frame + packet);
        if (socket.bytesToWrite() > 1 << 20)
            socket.waitForBytesWritten(100);
    }
    bool connected() const { return socket.state() == QAbstractSocket::ConnectedState; }
};

} // namespace vedette::test
