// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_receiver.h"

#include "core/net/rtp_track.h"
#include "core/net/rtsp_session.h"
#include "core/net/rtsp_target.h"
#include "core/net/rtsp_transport.h"
#include "core/net/track_alignment.h"

#include <QRandomGenerator>

#include <algorithm>

namespace vedette::net {
namespace {

constexpr microseconds kReportEvery{5'000'000}; // RFC 3550, 6.2: the minimum interval

/// The server's relative or absolute control address against its base (RFC 2326, C.1.1).
QByteArray resolve(const QByteArray &base, const QByteArray &control)
{
    if (control.isEmpty() || control == "*")
        return base;
    if (control.contains("://"))
        return control;
    return base.endsWith('/') ? base + control : base + '/' + control;
}

/// The clock of these two says nothing of the rate (RFC 3551, 4.5.2 and 4.5.13); a decoder finds that of MPEG audio.
std::uint32_t sampleRate(const SdpMedia &sound)
{
    switch (sound.codec) {
    case media::Codec::G722: return 16'000;
    case media::Codec::MpegAudio: return 0;
    default: return sound.clockRate;
    }
}

/// A track and the channel of its RTP packets; RTCP is on the next.
struct Media {
    RtpTrack track;
    std::uint8_t channel = 0;
};

} // namespace

struct RtspReceiver::Private {
    SystemClock clock;
    std::unique_ptr<RtspSession> session;
    Options options;
    QByteArray base;
    Sdp sdp;
    media::StreamInfo info;
    std::optional<media::AudioInfo> audio;
    QString whyNoAudio;
    std::vector<Media> media;            // the video first
    TrackAlignment alignment;
    bool encrypted = false;
    bool udp = false;
    std::uint32_t ownSsrc = QRandomGenerator::system()->generate();
    MonoTime keepAliveAt{};
    microseconds keepAliveEvery{25'000'000};
    MonoTime reportAt{};

    Status describe(RtspTarget target, std::stop_token stop);
    Status play(std::stop_token stop);
    Status setup(const SdpMedia &description, std::stop_token stop);
    Result<RtspResponse> setupOnce(const QByteArray &uri, std::uint8_t channel, std::unique_ptr<UdpPorts> &ports, std::stop_token stop);
    void takeSession(const RtspResponse &answer);
    Status housekeeping(std::stop_token stop);
    void onFrame(InterleavedFrame frame);
    media::PacketPtr take(MonoTime now);
    media::PacketPtr aligned(media::PacketPtr packet);
    Status setupAudio(std::stop_token stop);
    Error silence() const;
};

RtspReceiver::RtspReceiver() : d(std::make_unique<Private>()) {}
RtspReceiver::~RtspReceiver() = default;

Result<std::unique_ptr<RtspReceiver>> RtspReceiver::open(const QString &url, const Options &options, std::stop_token stop)
{
    auto target = RtspTarget::parse(url);
    if (!target)
        return fail(target.error());
    std::unique_ptr<RtspReceiver> receiver(new RtspReceiver);
    receiver->d->options = options;
    if (target->udp)
        receiver->d->options.transport = *target->udp ? Transport::Udp : Transport::Tcp;
    if (target->isEncrypted() && receiver->d->options.transport == Transport::Udp)
        return fail(ErrorKind::InvalidInput, redact(url) + QStringLiteral(" asks for UDP, which TLS does not protect: use rtsp:// or TCP"));
    Status playing = receiver->d->describe(std::move(*target), stop);
    if (playing)
        playing = receiver->d->play(stop);
    if (!playing)
        return fail(playing.error().wrap(redact(url)));
    return receiver;
}

Status RtspReceiver::Private::describe(RtspTarget target, std::stop_token stop)
{
    for (int redirects = 0;; ++redirects) {
        encrypted = target.isEncrypted();
        auto stream = ByteStream::connect({target.url.host(), target.port(), encrypted, options.caFile, options.openTimeout}, stop);
        if (!stream)
            return fail(stream.error());
        session = std::make_unique<RtspSession>(std::move(*stream), RtspAuth(target.user, target.password), options.openTimeout);
        base = target.url.toEncoded();
        const auto answer = session->request("DESCRIBE", base, "Accept: application/sdp\r\n", stop);
        if (!answer)
            return fail(answer.error());
        if (answer->status >= 300) {
            if (const Status moved = target.redirect(answer->header("location"), redirects); !moved)
                return moved;
            continue;
        }
        auto parsed = parseSdp(answer->body);
        if (!parsed)
            return fail(parsed.error());
        sdp = std::move(*parsed);
        if (const QByteArray contentBase = answer->header("content-base"); !contentBase.isEmpty())
            base = contentBase;
        return {};
    }
}

Status RtspReceiver::Private::play(std::stop_token stop)
{
    info.codec = sdp.video.codec;
    info.framerate = sdp.video.framerate;
    info.parameterSets = sdp.video.parameterSets;
    if (sdp.audio)
        audio = media::AudioInfo{sdp.audio->codec, sampleRate(*sdp.audio), sdp.audio->channels, sdp.audio->aac.config};
    udp = options.transport == Transport::Udp;
    if (const Status set = setup(sdp.video, stop); !set)
        return set;
    if (options.audio) {
        if (const Status set = setupAudio(stop); !set)
            return set;
    }
    const auto playing = session->request("PLAY", resolve(base, sdp.control), "Range: npt=0.000-\r\n", stop);
    if (!playing)
        return fail(playing.error());
    if (playing->status >= 300)
        return fail(ErrorKind::Unavailable, QStringLiteral("the server answered %1 to PLAY").arg(playing->status));
    keepAliveAt = clock.now() + keepAliveEvery;
    reportAt = clock.now() + kReportEvery;
    return {};
}

/// A server that refuses the sound gives the video still; a connection that is gone is an error.
Status RtspReceiver::Private::setupAudio(std::stop_token stop)
{
    if (!sdp.audio) {
        whyNoAudio = sdp.unreadAudio.isEmpty() ? QStringLiteral("the camera sends no sound")
                                               : QStringLiteral("sound of codec %1 is not taken").arg(QString::fromLatin1(sdp.unreadAudio));
        return {};
    }
    const Status set = setup(*sdp.audio, stop);
    if (set)
        info.audio = audio;
    else if (set.error().kind == ErrorKind::Timeout || set.error().kind == ErrorKind::Cancelled)
        return set;
    else
        whyNoAudio = QStringLiteral("the camera refuses its sound: ") + set.error().text();
    return {};
}

/// Asks for one way of transport; ports are bound when it is UDP.
Result<RtspResponse> RtspReceiver::Private::setupOnce(const QByteArray &uri, std::uint8_t channel, std::unique_ptr<UdpPorts> &ports,
                                                      std::stop_token stop)
{
    if (udp) {
        auto bound = UdpPorts::bind(session->stream().localAddress(), session->stream().peerAddress());
        if (!bound)
            return fail(bound.error());
        ports = std::move(*bound);
    }
    const QByteArray transport = udp ? requestUdp(ports->firstPort()) : requestInterleaved(channel);
    return session->request("SETUP", uri, "Transport: " + transport + "\r\n", stop);
}

Status RtspReceiver::Private::setup(const SdpMedia &description, std::stop_token stop)
{
    auto channel = static_cast<std::uint8_t>(2 * media.size());
    const QByteArray uri = resolve(base, description.control);
    std::unique_ptr<UdpPorts> ports;
    auto answer = setupOnce(uri, channel, ports, stop);
    // 461: the server does not send over TCP.
    if (!answer && answer.error().kind == ErrorKind::Unsupported && options.transport == Transport::Auto && !encrypted && media.empty()) {
        udp = true;
        answer = setupOnce(uri, channel, ports, stop);
    }
    if (!answer)
        return fail(answer.error());
    if (answer->status >= 300)
        return fail(ErrorKind::Unavailable, QStringLiteral("the server answered %1 to SETUP").arg(answer->status));
    takeSession(*answer);
    const RtspTransport agreed = parseTransport(answer->header("transport"));
    if (ports) {
        ports->setPeerPorts(agreed.serverPorts[0], agreed.serverPorts[1]);
        ports->openWay();
        session->addPorts(channel, std::move(ports));
    } else if (agreed.channel) {
        channel = *agreed.channel;
    }
    media.push_back({RtpTrack(description, udp), channel});
    return {};
}

void RtspReceiver::Private::takeSession(const RtspResponse &answer)
{
    const QList<QByteArray> parts = answer.header("session").split(';');
    session->setSession(parts.first().trimmed(), base);
    for (const QByteArray &part : parts) {
        const QByteArray option = part.trimmed().toLower();
        if (const int seconds = option.startsWith("timeout=") ? option.mid(8).toInt() : 0; seconds > 0)
            keepAliveEvery = std::chrono::seconds{std::clamp(seconds / 2, 1, 30)};
    }
}

Status RtspReceiver::Private::housekeeping(std::stop_token stop)
{
    const MonoTime now = clock.now();
    if (now >= keepAliveAt) {
        keepAliveAt = now + keepAliveEvery;
        if (const Status sent = session->keepAlive(stop); !sent)
            return sent;
    }
    if (now < reportAt)
        return {};
    reportAt = now + kReportEvery;
    for (Media &one : media) {
        if (!one.track.started())
            continue;
        const auto rtcp = static_cast<std::uint8_t>(one.channel + 1);
        if (const Status sent = session->send(rtcp, one.track.report(ownSsrc, now), stop); !sent)
            return sent;
    }
    return {};
}

void RtspReceiver::Private::onFrame(InterleavedFrame frame)
{
    const MonoTime now = clock.now();
    for (Media &one : media) {
        if (frame.channel == one.channel)
            return one.track.onRtp(std::move(frame.data), now);
        if (frame.channel == one.channel + 1)
            return one.track.onRtcp(frame.data, now);
    }
}

media::PacketPtr RtspReceiver::Private::take(MonoTime now)
{
    for (Media &one : media) {
        while (media::PacketPtr packet = one.track.take(now)) {
            if (packet = aligned(std::move(packet)); packet)
                return packet;
        }
    }
    return nullptr;
}

/// Null for sound that comes before the first picture: nobody knows when it was.
media::PacketPtr RtspReceiver::Private::aligned(media::PacketPtr packet)
{
    if (media.size() < 2)
        return packet;
    if (!media::isSound(packet->codec)) {
        alignment.picture(packet->pts, packet->arrival);
        return packet;
    }
    constexpr microseconds kOrigin{0};
    const auto pts = alignment.sound(packet->pts, packet->arrival, media[1].track.senderTime(kOrigin), media[0].track.senderTime(kOrigin));
    if (!pts)
        return nullptr;
    auto moved = std::make_shared<media::Packet>(*packet);
    moved->pts = moved->dts = *pts;
    return moved;
}

Error RtspReceiver::Private::silence() const
{
    const QString seconds = QString::number(static_cast<double>(options.readTimeout.count()) / 1000);
    if (udp && !media.front().track.started())
        return {ErrorKind::Timeout, QStringLiteral("nothing came by UDP for %1 s; a firewall may be in the way").arg(seconds), nullptr};
    return {ErrorKind::Timeout, QStringLiteral("no picture for %1 s").arg(seconds), nullptr};
}

Result<media::PacketPtr> RtspReceiver::read(std::stop_token stop)
{
    const MonoTime deadline = d->clock.now() + d->options.readTimeout;
    for (;;) {
        if (const Status kept = d->housekeeping(stop); !kept)
            return fail(kept.error());
        const MonoTime now = d->clock.now();
        if (media::PacketPtr packet = d->take(now))
            return packet;
        if (now >= deadline)
            return fail(d->silence());
        MonoTime until = std::min({deadline, d->keepAliveAt, d->reportAt});
        for (const Media &one : d->media)
            until = std::min(until, one.track.due().value_or(until));
        auto frame = d->session->receive(std::chrono::ceil<milliseconds>(until - now), stop);
        if (!frame)
            return fail(frame.error());
        if (*frame)
            d->onFrame(std::move(**frame));
    }
}

const media::StreamInfo &RtspReceiver::info() const
{
    return d->info;
}

const std::optional<media::AudioInfo> &RtspReceiver::audio() const
{
    return d->audio;
}

QString RtspReceiver::whyNoAudio() const
{
    return d->whyNoAudio;
}

RtspStats RtspReceiver::stats() const
{
    const RtpTrack &video = d->media.front().track;
    return {video.statistics().packets(), video.statistics().lost(), video.late(), video.dropped(), video.jitterMs(), d->udp};
}

std::uint64_t RtspReceiver::lost() const
{
    return d->media.front().track.statistics().lost();
}

std::optional<UtcTime> RtspReceiver::senderTime(const media::Packet &packet) const
{
    return d->media.front().track.senderTime(packet.pts);
}

} // namespace vedette::net
