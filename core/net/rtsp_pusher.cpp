// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_pusher.h"

#include "core/net/rtp_packetizer.h"
#include "core/net/rtsp_session.h"
#include "core/net/rtsp_target.h"
#include "core/net/rtsp_transport.h"

#include <QRandomGenerator>

#include <algorithm>
#include <vector>

namespace vedette::net {
namespace {

constexpr microseconds kReportEvery{5'000'000}; // RFC 3550, 6.2: the minimum interval
constexpr std::uint32_t kVideoClock = 90'000;

/// One media of the session with its RTP clock and channel; RTCP is on the next.
struct Track {
    Track(media::Codec c, std::uint32_t clock, std::uint8_t channelOfRtp)
        : codec(c), clockRate(clock), channel(channelOfRtp),
          packetizer(c, QRandomGenerator::system()->generate(), static_cast<std::uint16_t>(QRandomGenerator::system()->bounded(0x10000)))
    {
    }
    std::uint32_t timestampOf(microseconds since) const
    {
        return firstTimestamp + static_cast<std::uint32_t>(since.count() * std::int64_t{clockRate} / 1'000'000);
    }

    media::Codec codec;
    std::uint32_t clockRate;
    std::uint8_t channel;
    RtpPacketizer packetizer;
    std::uint32_t firstTimestamp = QRandomGenerator::system()->generate(); // RFC 3550, 5.1
    MonoTime reportAt{};
};

} // namespace

struct RtspPusher::Private {
    SystemClock clock;
    Options options;
    QByteArray base;
    std::unique_ptr<RtspSession> session;
    bool udp = false;
    std::vector<Track> tracks;       ///< the video first
    std::optional<microseconds> origin;
    std::optional<UtcTime> utcOfOrigin; ///< by the newest picture: what sender reports of all tracks say
    MonoTime keepAliveAt{};
    std::optional<MonoTime> askedAt; ///< a keep-alive that is not answered yet
    bool answersKeepAlive = false;   ///< only of a server that has answered one is silence a fault

    Status record(const media::StreamInfo &info, std::stop_token stop);
    Result<RtspResponse> ask(const QByteArray &method, const QByteArray &uri, const QByteArray &headers, const QByteArray &body, std::stop_token stop);
    Status setup(const Track &track, std::stop_token stop);
    Status send(std::uint8_t channel, const QByteArray &data, QByteArray &frames, std::stop_token stop);
    QByteArray report(Track &track, const media::Packet &packet);
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
    if (target->isEncrypted() && target->udp.value_or(false))
        return fail(ErrorKind::InvalidInput, QStringLiteral("UDP is not protected by TLS: use rtsp:// or TCP"));
    auto stream = ByteStream::connect({target->url.host(), target->port(), target->isEncrypted(), options.caFile, options.timeout}, stop);
    if (!stream)
        return fail(stream.error());
    std::unique_ptr<RtspPusher> pusher(new RtspPusher);
    Private &d = *pusher->d;
    d.options = options;
    d.base = target->url.toEncoded();
    d.udp = target->udp.value_or(false);
    d.session = std::make_unique<RtspSession>(std::move(*stream), RtspAuth(target->user, target->password), options.timeout);
    if (const Status recording = d.record(info, stop); !recording)
        return fail(recording.error());
    return pusher;
}

Status RtspPusher::Private::record(const media::StreamInfo &info, std::stop_token stop)
{
    const auto announced = ask("ANNOUNCE", base, "Content-Type: application/sdp\r\n", announcement(info), stop);
    if (!announced)
        return fail(announced.error());
    tracks.emplace_back(info.codec, kVideoClock, std::uint8_t{0});
    if (info.audio && info.audio->codec == media::Codec::Aac)
        tracks.emplace_back(media::Codec::Aac, info.audio->sampleRate, std::uint8_t{2});
    for (const Track &track : tracks) {
        if (const Status set = setup(track, stop); !set)
            return set;
    }
    const auto recording = ask("RECORD", base, "Range: npt=0.000-\r\n", {}, stop);
    if (!recording)
        return fail(recording.error());
    keepAliveAt = clock.now() + options.keepAliveEvery;
    return {};
}

Status RtspPusher::Private::setup(const Track &track, std::stop_token stop)
{
    const QByteArray uri = base + (base.endsWith('/') ? "streamid=" : "/streamid=") + QByteArray::number(track.channel / 2);
    std::unique_ptr<UdpPorts> ports;
    if (udp) {
        auto bound = UdpPorts::bind(session->stream().localAddress(), session->stream().peerAddress());
        if (!bound)
            return fail(bound.error());
        ports = std::move(*bound);
    }
    const QByteArray transport = ports ? requestUdp(ports->firstPort()) : requestInterleaved(track.channel);
    const auto set = ask("SETUP", uri, "Transport: " + transport + ";mode=record\r\n", {}, stop);
    if (!set)
        return fail(set.error());
    session->setSession(set->header("session").split(';').first().trimmed(), base, "OPTIONS");
    if (!ports)
        return {};
    const RtspTransport agreed = parseTransport(set->header("transport"));
    if (agreed.serverPorts[0] == 0)
        return fail(ErrorKind::Unsupported, QStringLiteral("the server names no UDP port that it receives on"));
    ports->setPeerPorts(agreed.serverPorts[0], agreed.serverPorts[1]);
    session->addPorts(track.channel, std::move(ports));
    return {};
}

/// An answer that is no refusal and no agreement either is refused here: a stream is not pushed elsewhere than it was told to.
Result<RtspResponse> RtspPusher::Private::ask(const QByteArray &method, const QByteArray &uri, const QByteArray &headers, const QByteArray &body,
                                              std::stop_token stop)
{
    auto answer = session->request(method, uri, headers, stop, body);
    if (answer && answer->status >= 300)
        return fail(ErrorKind::Unavailable, QStringLiteral("the server answered %1 to %2, and redirections are not followed when pushing")
                                                .arg(answer->status).arg(QString::fromLatin1(method)));
    return answer;
}

/// A datagram of its own by UDP; over TCP into frames, which leave in one piece.
Status RtspPusher::Private::send(std::uint8_t channel, const QByteArray &data, QByteArray &frames, std::stop_token stop)
{
    if (udp)
        return session->send(channel, data, std::move(stop));
    RtspSession::appendFrame(frames, channel, data);
    return {};
}

/// The sender report of a track when it is due. Those of both tracks count from one clock, so that a reader brings them
/// together.
QByteArray RtspPusher::Private::report(Track &track, const media::Packet &packet)
{
    const MonoTime now = clock.now();
    if (!media::isSound(packet.codec)) {
        const bool known = packet.capture && packet.capture->known;
        const UtcTime at = known ? packet.capture->captured : clock.utcNow() - (now - packet.arrival);
        utcOfOrigin = at - (packet.pts - *origin);
    }
    if (now < track.reportAt || !utcOfOrigin)
        return {};
    track.reportAt = now + kReportEvery;
    const microseconds since = packet.pts - *origin;
    return track.packetizer.senderReport(*utcOfOrigin + since, track.timestampOf(since));
}

Status RtspPusher::write(const media::Packet &packet, std::stop_token stop)
{
    const auto found = std::find_if(d->tracks.begin(), d->tracks.end(), [&packet](const Track &each) { return each.codec == packet.codec; });
    if (found == d->tracks.end())
        return idle(stop);
    if (!d->origin)
        d->origin = packet.pts;
    QByteArray bytes;
    const QByteArray report = d->report(*found, packet);
    Status sent = report.isEmpty() ? Status{} : d->send(static_cast<std::uint8_t>(found->channel + 1), report, bytes, stop);
    for (const QByteArray &rtp : found->packetizer.packetize(packet.data, found->timestampOf(packet.pts - *d->origin))) {
        if (sent)
            sent = d->send(found->channel, rtp, bytes, stop);
    }
    if (sent && !bytes.isEmpty())
        sent = d->session->sendFrames(bytes, stop);
    if (!sent)
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
