// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/url_source.h"

#include "core/base/secret.h"
#include "edge-agent/capture/source_error.h"

#include <algorithm>
#include <cmath>

namespace vedette::agent {
namespace {

constexpr unsigned kMaxReordered = 16; // H.264's largest decoded picture buffer
constexpr microseconds kUsualInterval{66'000}; // 15 frames/s, for cameras that do not announce theirs

/// One sentence for people; what the library said stays as the cause.
Error explain(const Error &error, const QString &url)
{
    const QString seconds = QString::number(UrlSource::kTimeout.count() / 1000);
    QString sentence;
    switch (error.kind) {
    case ErrorKind::Denied: sentence = QStringLiteral("%1 refuses the user name or password").arg(url); break;
    case ErrorKind::NotFound: sentence = QStringLiteral("%1 does not exist on that camera").arg(url); break;
    case ErrorKind::Timeout: sentence = QStringLiteral("%1 did not answer for %2 s").arg(url, seconds); break;
    case ErrorKind::Unavailable: sentence = QStringLiteral("%1 cannot be reached").arg(url); break;
    case ErrorKind::Corrupt: sentence = QStringLiteral("%1 is not a video stream").arg(url); break;
    case ErrorKind::Unsupported: sentence = QStringLiteral("%1 sends no video").arg(url); break;
    case ErrorKind::Cancelled: return error;
    default: sentence = QStringLiteral("%1 failed").arg(url); break;
    }
    return withoutName(error, url).wrap(sentence);
}

} // namespace

bool UrlSource::canPassThrough(media::Codec codec)
{
    return codec == media::Codec::H264 || codec == media::Codec::H265;
}

Result<std::unique_ptr<UrlSource>> UrlSource::open(const QString &url, const SourceContext &context, std::stop_token stop)
{
    const QString shown = redact(url);
    media::Demuxer::Options options;
    options.openTimeout = kTimeout;
    options.readTimeout = kTimeout;
    auto demuxer = media::Demuxer::open(url, options, stop);
    if (!demuxer)
        return fail(explain(demuxer.error(), shown));
    if ((*demuxer)->info().codec == media::Codec::Unknown)
        return fail(ErrorKind::Unsupported, QStringLiteral("%1 sends no video").arg(shown));
    return std::unique_ptr<UrlSource>(new UrlSource(url, std::move(*demuxer), context));
}

UrlSource::UrlSource(const QString &url, std::unique_ptr<media::Demuxer> demuxer, const SourceContext &context)
    : m_shownUrl(redact(url)), m_demuxer(std::move(demuxer)), m_context(context)
{
}

Result<media::PacketPtr> UrlSource::read(std::stop_token stop)
{
    auto read = m_demuxer->read(stop);
    if (!read) {
        if (read.error().kind == ErrorKind::NotFound)
            return fail(Error{ErrorKind::Unavailable, QStringLiteral("%1 ended the stream").arg(m_shownUrl), nullptr});
        return fail(explain(read.error(), m_shownUrl));
    }
    auto packet = std::make_shared<media::Packet>(**read);
    if (packet->arrival == MonoTime{})
        packet->arrival = m_context.clock.now();
    const ArrivalClock::Mapped mapped = m_arrivals.map(packet->pts, packet->arrival);
    if (mapped.jumped)
        m_shift = microseconds{toMicros(packet->arrival)} - packet->dts;

    const double reordered = static_cast<double>((packet->pts - packet->dts).count()) * info().framerate / 1e6;
    const auto ahead = static_cast<unsigned>(std::clamp(std::lround(reordered), 0L, static_cast<long>(kMaxReordered)));
    packet->capture = m_context.stamp(mapped.captured, ahead);
    // libavformat gives a picture out when the next one begins, so it arrives up to one interval late.
    const microseconds interval{info().framerate > 0 ? std::llround(1e6 / info().framerate) : kUsualInterval.count()};
    packet->capture->uncertainty += mapped.uncertainty + interval;

    packet->dts += m_shift;
    packet->pts += m_shift;
    if (m_lastDts && packet->dts <= *m_lastDts)
        packet->dts = *m_lastDts + microseconds{1};
    packet->pts = std::max(packet->pts, packet->dts);
    m_lastDts = packet->dts;
    return packet;
}

} // namespace vedette::agent
