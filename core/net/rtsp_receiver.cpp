// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_receiver.h"

#include "core/net/access_unit_assembler.h"
#include "core/net/rtsp_session.h"
#include "core/net/sdp.h"

#include <QRandomGenerator>
#include <QtEndian>

#include <algorithm>

namespace vedette::net {
namespace {

constexpr int kMaxRedirects = 3;
constexpr std::uint8_t kRtpChannel = 0;
constexpr std::uint8_t kRtcpChannel = 1;
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

QByteArray receiverReport(std::uint32_t own, std::uint32_t source, const RtpStatistics &statistics)
{
    QByteArray report(32, '\0');
    auto *out = reinterpret_cast<unsigned char *>(report.data());
    out[0] = 0x81; // version 2, one report block
    out[1] = 201;  // RFC 3550, 6.4.2
    qToBigEndian<std::uint16_t>(7, out + 2);
    qToBigEndian(own, out + 4);
    qToBigEndian(source, out + 8);
    const auto lost = static_cast<std::uint32_t>(std::min<std::uint64_t>(statistics.lost(), 0x7f'ffff));
    qToBigEndian(lost, out + 12);
    qToBigEndian(statistics.highestSequence(), out + 16);
    qToBigEndian(static_cast<std::uint32_t>(statistics.jitter()), out + 20);
    return report;
}

} // namespace

struct RtspReceiver::Private {
    SystemClock clock;
    std::unique_ptr<RtspSession> session;
    Options options;
    QByteArray base;
    SdpVideo video;
    media::StreamInfo info;
    std::unique_ptr<AccessUnitAssembler> assembler;
    RtpStatistics statistics;
    std::uint32_t ownSsrc = QRandomGenerator::system()->generate();
    std::uint32_t sourceSsrc = 0;
    bool started = false;
    std::uint32_t lastTimestamp = 0;
    std::int64_t unwrapped = 0;        // RTP time stamp without its wrap at 2^32
    std::optional<SenderReport> report;
    std::int64_t reportUnwrapped = 0;
    MonoTime keepAliveAt{};
    microseconds keepAliveEvery{25'000'000};
    MonoTime reportAt{};

    Status play(const QUrl &url, RtspAuth auth, std::stop_token stop);
    Status setup(std::stop_token stop);
    Status housekeeping(std::stop_token stop);
    void onRtcp(std::span<const std::uint8_t> data);
    media::PacketPtr onRtp(std::span<const std::uint8_t> data);
    std::int64_t unwrap(std::uint32_t timestamp);
};

RtspReceiver::RtspReceiver() : d(std::make_unique<Private>()) {}

RtspReceiver::~RtspReceiver()
{
    // TEARDOWN is a courtesy: a closed connection ends the session as well, so nothing is waited for.
    if (d->session)
        (void)d->session->post("TEARDOWN", d->base, {});
}

Result<std::unique_ptr<RtspReceiver>> RtspReceiver::open(const QString &url, const Options &options, std::stop_token stop)
{
    QUrl target(url, QUrl::TolerantMode);
    if (!target.isValid() || target.host().isEmpty()
        || (target.scheme() != QLatin1String("rtsp") && target.scheme() != QLatin1String("rtsps")))
        return fail(ErrorKind::InvalidInput, redact(url) + QStringLiteral(" is not an RTSP address"));
    const RtspAuth auth(target.userName(QUrl::FullyDecoded), Secret(target.password(QUrl::FullyDecoded)));
    target.setUserInfo(QString());

    std::unique_ptr<RtspReceiver> receiver(new RtspReceiver);
    receiver->d->options = options;
    if (const Status playing = receiver->d->play(target, auth, stop); !playing)
        return fail(playing.error().wrap(redact(url)));
    return receiver;
}

Status RtspReceiver::Private::play(const QUrl &url, RtspAuth auth, std::stop_token stop)
{
    QUrl target = url;
    for (int redirects = 0;; ++redirects) {
        const bool tls = target.scheme() == QLatin1String("rtsps");
        auto stream = ByteStream::connect({target.host(), target.port(tls ? 322 : 554), tls, options.caFile, options.openTimeout}, stop);
        if (!stream)
            return fail(stream.error());
        session = std::make_unique<RtspSession>(std::move(*stream), target, auth, options.openTimeout);
        base = target.toEncoded(QUrl::RemoveUserInfo);
        const auto answer = session->request("DESCRIBE", base, "Accept: application/sdp\r\n", stop);
        if (!answer)
            return fail(answer.error());
        if (answer->status >= 300) {
            const QUrl next(QString::fromUtf8(answer->header("location")));
            if (redirects == kMaxRedirects || !next.isValid() || !next.scheme().startsWith(QLatin1String("rtsp")))
                return fail(ErrorKind::Unavailable, QStringLiteral("the server redirects to nowhere"));
            if (next.host() != target.host())
                auth = RtspAuth({}, Secret()); // a password is for the server it was given for
            target = next;
            continue;
        }
        auto parsed = parseSdpVideo(answer->body);
        if (!parsed)
            return fail(parsed.error());
        video = std::move(*parsed);
        if (const QByteArray contentBase = answer->header("content-base"); !contentBase.isEmpty())
            base = contentBase;
        return setup(stop);
    }
}

Status RtspReceiver::Private::setup(std::stop_token stop)
{
    info.codec = video.codec;
    info.framerate = video.framerate;
    info.parameterSets = video.parameterSets;
    assembler = std::make_unique<AccessUnitAssembler>(video.codec, video.parameterSets);
    statistics = RtpStatistics(video.clockRate);

    const auto set = session->request("SETUP", resolve(base, video.control), "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", stop);
    if (!set)
        return fail(set.error());
    const QList<QByteArray> parts = set->header("session").split(';');
    session->setSession(parts.first().trimmed());
    for (const QByteArray &part : parts) {
        const QByteArray option = part.trimmed().toLower();
        if (const int seconds = option.startsWith("timeout=") ? option.mid(8).toInt() : 0; seconds > 0)
            keepAliveEvery = std::chrono::seconds{std::clamp(seconds / 2, 1, 30)};
    }
    const auto playing = session->request("PLAY", resolve(base, video.sessionControl), "Range: npt=0.000-\r\n", stop);
    if (!playing)
        return fail(playing.error());
    keepAliveAt = clock.now() + keepAliveEvery;
    reportAt = clock.now() + kReportEvery;
    return {};
}

Status RtspReceiver::Private::housekeeping(std::stop_token stop)
{
    const MonoTime now = clock.now();
    if (now >= keepAliveAt) {
        keepAliveAt = now + keepAliveEvery;
        if (const Status sent = session->post("GET_PARAMETER", base, stop); !sent)
            return sent;
    }
    if (now >= reportAt && started) {
        reportAt = now + kReportEvery;
        return session->sendFrame(kRtcpChannel, receiverReport(ownSsrc, sourceSsrc, statistics), stop);
    }
    return {};
}

std::int64_t RtspReceiver::Private::unwrap(std::uint32_t timestamp)
{
    unwrapped += static_cast<std::int32_t>(timestamp - lastTimestamp);
    lastTimestamp = timestamp;
    return unwrapped;
}

void RtspReceiver::Private::onRtcp(std::span<const std::uint8_t> data)
{
    const auto found = parseSenderReport(data);
    if (!found || !started || found->ssrc != sourceSsrc)
        return;
    report = found;
    reportUnwrapped = unwrapped + static_cast<std::int32_t>(found->rtpTimestamp - lastTimestamp);
}

media::PacketPtr RtspReceiver::Private::onRtp(std::span<const std::uint8_t> data)
{
    const auto rtp = parseRtp(data);
    if (!rtp || rtp->payloadType != video.payloadType)
        return nullptr;
    if (!started || rtp->ssrc != sourceSsrc) { // a sender that began anew counts from its own numbers
        started = true;
        sourceSsrc = rtp->ssrc;
        lastTimestamp = rtp->timestamp;
        statistics = RtpStatistics(video.clockRate);
        report.reset();
    }
    const MonoTime now = clock.now();
    const std::uint32_t missing = statistics.received(rtp->sequence, rtp->timestamp, now);
    auto unit = assembler->push(*rtp, missing);
    if (!unit)
        return nullptr;
    auto packet = std::make_shared<media::Packet>();
    packet->codec = video.codec;
    packet->data = std::move(unit->data);
    packet->key = unit->key;
    packet->pts = microseconds{unwrap(unit->timestamp) * 1'000'000 / video.clockRate};
    packet->dts = packet->pts; // RTP carries no decoding time; the order of arrival is the order of decoding
    packet->arrival = now;
    return packet;
}

Result<media::PacketPtr> RtspReceiver::read(std::stop_token stop)
{
    const MonoTime deadline = d->clock.now() + d->options.readTimeout;
    for (;;) {
        if (const Status kept = d->housekeeping(stop); !kept)
            return fail(kept.error());
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - d->clock.now());
        if (left.count() <= 0)
            return fail(ErrorKind::Timeout, QStringLiteral("no picture for %1 s").arg(d->options.readTimeout.count() / 1000));
        const auto frame = d->session->receive(left, stop);
        if (!frame)
            return fail(frame.error());
        if (frame->channel == kRtcpChannel)
            d->onRtcp(frame->data);
        else if (frame->channel == kRtpChannel)
            if (media::PacketPtr packet = d->onRtp(frame->data))
                return packet;
    }
}

const media::StreamInfo &RtspReceiver::info() const
{
    return d->info;
}

RtspStats RtspReceiver::stats() const
{
    return {d->statistics.packets(), d->statistics.lost(), d->assembler->dropped(),
            d->statistics.jitter() * 1000.0 / d->video.clockRate};
}

std::optional<UtcTime> RtspReceiver::senderTime(const media::Packet &packet) const
{
    if (!d->report)
        return std::nullopt;
    const std::int64_t at = d->reportUnwrapped * 1'000'000 / d->video.clockRate;
    return d->report->wallClock + (packet.pts - microseconds{at});
}

} // namespace vedette::net
