// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/url_source.h"

#include "core/base/secret.h"
#include "core/media/demuxer.h"
#include "core/media/nal.h"
#include "core/media/sps.h"
#include "core/net/byte_stream.h"
#include "core/net/host_lookup.h"
#include "core/net/rtsp_receiver.h"
#include "edge-agent/capture/source_error.h"

#include <QUrl>

#include <algorithm>
#include <cmath>

namespace vedette::agent {
namespace {

constexpr microseconds kUsualInterval{66'000}; // 15 frames/s, for cameras that do not announce theirs

/// One sentence for people that is true whatever the cause; the exact cause follows it.
Error explain(const Error &error, const QString &url)
{
    const QString seconds = QString::number(UrlSource::kTimeout.count() / 1000);
    QString sentence;
    switch (error.kind) {
    case ErrorKind::Denied: sentence = QStringLiteral("%1 refuses access").arg(url); break;
    case ErrorKind::NotFound: sentence = QStringLiteral("%1 does not exist on that camera").arg(url); break;
    case ErrorKind::Timeout: sentence = QStringLiteral("%1 did not answer for %2 s").arg(url, seconds); break;
    case ErrorKind::Unavailable: sentence = QStringLiteral("%1 gives no video").arg(url); break;
    case ErrorKind::Corrupt: sentence = QStringLiteral("%1 is not a video stream").arg(url); break;
    case ErrorKind::Unsupported: sentence = QStringLiteral("%1 sends no video that can be taken").arg(url); break;
    case ErrorKind::Cancelled: return error;
    default: sentence = QStringLiteral("%1 cannot be opened").arg(url); break;
    }
    return withoutName(error, url).wrap(sentence);
}

/// libavformat calls most failures to connect over TLS, and all by SRT, an input/output error: asked again without TLS, it
/// is exact.
Error exactCause(const Error &error, const QUrl &url, const std::stop_token &stop)
{
    constexpr int kRtsps = 322;
    const bool vague = error.detail.endsWith(QLatin1String("Input/output error")) || error.detail.endsWith(QLatin1String("End of file"))
        || error.detail.endsWith(QLatin1String("Connection refused"));
    if (vague && url.scheme() == QLatin1String("srt"))
        return {error.kind, QStringLiteral("no SRT listener answers there, or it refuses the passphrase or the stream id"), nullptr};
    if (!vague || url.scheme() != QLatin1String("rtsps"))
        return error;
    const auto reached = net::ByteStream::connect({url.host(), url.port(kRtsps), false, {}, UrlSource::kTimeout}, stop);
    if (!reached)
        return reached.error();
    return {error.kind, QStringLiteral("the camera ended the connection before a stream was agreed on"), nullptr};
}

} // namespace

bool UrlSource::canPassThrough(media::Codec codec)
{
    return codec == media::Codec::H264 || codec == media::Codec::H265;
}

Result<std::unique_ptr<UrlSource>> UrlSource::open(const QString &url, const SourceContext &context, std::stop_token stop)
{
    const QString shown = redact(url);
    const bool wantsSound = static_cast<bool>(context.sound.announce);
    std::optional<Error> unsupported;
    // Cameras have certificates that nobody vouches for, which only libavformat takes.
    if (QUrl(url).scheme() == QLatin1String("rtsp")) {
        net::RtspReceiver::Options options;
        options.openTimeout = options.readTimeout = kTimeout;
        options.audio = wantsSound;
        auto receiver = net::RtspReceiver::open(url, options, stop);
        if (receiver) {
            const QString whyNoSound = (*receiver)->whyNoAudio();
            return std::unique_ptr<UrlSource>(new UrlSource(url, std::move(*receiver), false, whyNoSound, context));
        }
        if (receiver.error().kind != ErrorKind::Unsupported)
            return fail(explain(receiver.error(), shown));
        unsupported = receiver.error();
    }
    if (const Status known = net::lookUpHost(QUrl(url).host(), kTimeout, stop); !known)
        return fail(explain(known.error(), shown));
    media::Demuxer::Options options;
    options.openTimeout = kTimeout;
    options.readTimeout = kTimeout;
    options.audio = wantsSound;
    auto demuxer = media::Demuxer::open(url, options, stop);
    // A camera that dislikes the second session says something else than what is wrong.
    if (!demuxer)
        return fail(explain(unsupported && demuxer.error().kind != ErrorKind::Cancelled ? *unsupported : exactCause(demuxer.error(), QUrl(url), stop), shown));
    const QString codec = (*demuxer)->audioCodec();
    const QString whyNoSound = codec.isEmpty() ? QStringLiteral("the camera sends no sound") : QStringLiteral("the sound (%1) has not come yet").arg(codec);
    return std::unique_ptr<UrlSource>(new UrlSource(url, std::move(*demuxer), true, whyNoSound, context));
}

UrlSource::UrlSource(const QString &url, std::unique_ptr<media::PacketSource> packets, bool late, const QString &whyNoSound,
                     const SourceContext &context)
    : m_shownUrl(redact(url)), m_packets(std::move(packets)), m_late(late), m_context(context), m_stamper(m_packets->info(), context),
      m_sound(context), m_info(m_packets->info()), m_announced(m_info.framerate)
{
    if (m_context.sound.announce)
        m_sound.announce(m_info.audio, m_info.audio ? QString() : whyNoSound);
}

void UrlSource::takeSound(const media::Packet &packet)
{
    if (const auto &offered = m_packets->info().audio; !m_sound.isAnnounced(offered))
        m_sound.announce(offered, {});
    m_sound.write(packet, m_stamper.capturedAt(packet.pts));
}

void UrlSource::learnFramerate(const media::Packet &packet)
{
    if (packet.key) {
        m_info = m_packets->info();
        media::Bytes sets = media::extractParameterSets(packet.codec, packet.data);
        if (!sets.empty() && sets != m_parameterSets) {
            m_parameterSets = std::move(sets);
            const auto sequence = media::readSequence(packet.codec, m_parameterSets);
            m_announced = m_info.framerate > 0 ? m_info.framerate : sequence ? sequence->framerate : 0;
        }
    }
    m_measured.add(packet.pts);
    m_info.framerate = m_announced > 0 ? m_announced : m_measured.perSecond();
}

milliseconds UrlSource::patience() const
{
    if (m_info.framerate <= 0)
        return kTimeout;
    return std::max(kTimeout, milliseconds{std::llround(kSilentIntervals * 1000 / m_info.framerate)});
}

/// The next picture. Our own receiver can be asked again after its time-out; libavformat cannot. Sound is no picture.
Result<media::PacketPtr> UrlSource::readPatiently(std::stop_token stop)
{
    const MonoTime begun = m_context.clock.now();
    for (;;) {
        auto packet = m_packets->read(stop);
        const bool sound = packet && media::isSound((*packet)->codec);
        if (sound)
            takeSound(**packet);
        const bool silent = !packet && packet.error().kind == ErrorKind::Timeout;
        if (!sound && (!silent || m_late))
            return packet;
        if (m_context.clock.now() - begun >= patience())
            return fail(ErrorKind::Timeout, QStringLiteral("no picture"));
    }
}

/// Between pictures; 0 while it is not known.
microseconds UrlSource::interval() const
{
    return microseconds{m_info.framerate > 0 ? std::llround(1e6 / m_info.framerate) : 0};
}

Result<media::PacketPtr> UrlSource::read(std::stop_token stop)
{
    const auto packet = readPatiently(stop);
    if (!packet && packet.error().kind == ErrorKind::Timeout)
        return fail(ErrorKind::Timeout, QStringLiteral("%1 sent no picture for %2 s").arg(m_shownUrl).arg(patience().count() / 1000));
    if (!packet)
        return fail(explain(packet.error(), m_shownUrl));
    if (m_cameraClock.stands((*packet)->pts, m_context.clock.now(), interval()))
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 repeats the same time stamp").arg(m_shownUrl));
    learnFramerate(**packet);
    const microseconds known = interval();
    return m_stamper.stamp(**packet, !m_late ? microseconds{0} : known > microseconds{0} ? known : kUsualInterval);
}

} // namespace vedette::agent
