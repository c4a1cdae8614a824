// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_pusher.h"

#include "core/net/rtp_packetizer.h"
#include "core/net/rtsp_session.h"
#include "core/net/rtsp_target.h"

#include <QRandomGenerator>

namespace vedette::net {
namespace {

constexpr std::uint8_t kRtpChannel = 0;
constexpr std::uint8_t kRtcpChannel = 1;
constexpr microseconds kReportEvery{5'000'000}; // RFC 3550, 6.2: the minimum interval
constexpr int kClockRate = 90'000;

} // namespace

struct RtspPusher::Private {
    SystemClock clock;
    Options options;
    QByteArray base;
    std::unique_ptr<RtspSession> session;
    std::unique_ptr<RtpPacketizer> packetizer;
    std::optional<microseconds> origin;
    std::uint32_t firstTimestamp = QRandomGenerator::system()->generate(); // RFC 3550, 5.1
    MonoTime reportAt{};
    MonoTime keepAliveAt{};
    std::optional<MonoTime> askedAt; ///< a keep-alive that is not answered yet
    bool answersKeepAlive = false;   ///< only of a server that has answered one is silence a fault

    Status record(const media::StreamInfo &info, std::stop_token stop);
    std::uint32_t timestampOf(const media::Packet &packet);
};

RtspPusher::RtspPusher() : d(std::make_unique<Private>()) {}

RtspPusher::~RtspPusher() = default;

Result<std::unique_ptr<RtspPusher>> RtspPusher::open(const QString &url, const media::StreamInfo &info, const Options &options, std::stop_token stop)
{
    const auto target = RtspTarget::parse(url);
    if (!target)
        return fail(target.error());
    if (info.codec != media::Codec::H264 && info.codec != media::Codec::H265)
        return fail(ErrorKind::Unsupported, QStringLiteral("only H.264 and H.265 can be pushed"));
    auto stream = ByteStream::connect({target->url.host(), target->port(), target->isEncrypted(), options.caFile, options.timeout}, stop);
    if (!stream)
        return fail(stream.error());
    std::unique_ptr<RtspPusher> pusher(new RtspPusher);
    Private &d = *pusher->d;
    d.options = options;
    d.base = target->url.toEncoded();
    d.session = std::make_unique<RtspSession>(std::move(*stream), RtspAuth(target->user, target->password), options.timeout);
    if (const Status recording = d.record(info, stop); !recording)
        return fail(recording.error());
    return pusher;
}

Status RtspPusher::Private::record(const media::StreamInfo &info, std::stop_token stop)
{
    const auto announced = session->request("ANNOUNCE", base, "Content-Type: application/sdp\r\n", stop, announcement(info));
    if (!announced)
        return fail(announced.error());
    const QByteArray stream = base + (base.endsWith('/') ? "streamid=0" : "/streamid=0");
    const auto set = session->request("SETUP", stream, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record\r\n", stop);
    if (!set)
        return fail(set.error());
    session->setSession(set->header("session").split(';').first().trimmed(), base, "OPTIONS");
    const auto recording = session->request("RECORD", base, "Range: npt=0.000-\r\n", stop);
    if (!recording)
        return fail(recording.error());
    packetizer = std::make_unique<RtpPacketizer>(info.codec, QRandomGenerator::system()->generate(),
                                                 static_cast<std::uint16_t>(QRandomGenerator::system()->bounded(0x10000)));
    reportAt = clock.now();
    keepAliveAt = reportAt + options.keepAliveEvery;
    return {};
}

std::uint32_t RtspPusher::Private::timestampOf(const media::Packet &packet)
{
    if (!origin)
        origin = packet.pts;
    return firstTimestamp + static_cast<std::uint32_t>((packet.pts - *origin).count() * kClockRate / 1'000'000);
}

Status RtspPusher::write(const media::Packet &packet, std::stop_token stop)
{
    const std::uint32_t timestamp = d->timestampOf(packet);
    QByteArray bytes;
    const MonoTime now = d->clock.now();
    if (now >= d->reportAt) {
        d->reportAt = now + kReportEvery;
        const bool known = packet.capture && packet.capture->known;
        const UtcTime at = known ? packet.capture->captured : d->clock.utcNow() - (now - packet.arrival);
        RtspSession::appendFrame(bytes, kRtcpChannel, d->packetizer->senderReport(at, timestamp));
    }
    for (const QByteArray &rtp : d->packetizer->packetize(packet.data, timestamp))
        RtspSession::appendFrame(bytes, kRtpChannel, rtp);
    if (const Status sent = d->session->sendFrames(bytes, stop); !sent)
        return sent;
    return idle(stop);
}

Status RtspPusher::idle(std::stop_token stop)
{
    const MonoTime now = d->clock.now();
    const auto answered = d->session->drain(stop);
    if (!answered)
        return fail(answered.error());
    if (*answered && d->askedAt) {
        d->askedAt.reset();
        d->answersKeepAlive = true;
    }
    if (d->askedAt && d->answersKeepAlive && now - *d->askedAt > d->options.timeout)
        return fail(ErrorKind::Timeout, QStringLiteral("the server does not answer any more"));
    if (d->askedAt || now < d->keepAliveAt)
        return {};
    d->askedAt = now;
    d->keepAliveAt = now + d->options.keepAliveEvery;
    return d->session->keepAlive(stop);
}

} // namespace vedette::net
