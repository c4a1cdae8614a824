// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/relay_reader.h"

#include "core/media/nal.h"
#include "core/media/segment_demuxer.h"
#include "core/protocol/capture_sei.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace vedette::recordings {
namespace {

constexpr microseconds kShortest{200'000};      // asked for: less than two pictures is answered with 404
constexpr microseconds kArrival{1'000'000};     // a picture without a stamp was captured before it reached the relay
constexpr microseconds kUsualInterval{40'000};  // where one picture tells none

/// An answer that is there as a whole.
class HeldBytes final : public media::ByteSource {
public:
    explicit HeldBytes(QByteArray bytes) : m_bytes(std::move(bytes)) {}
    std::int64_t size() const override { return m_bytes.size(); }
    Result<std::size_t> read(std::int64_t offset, std::span<std::uint8_t> into, std::stop_token) override
    {
        const std::int64_t count = std::clamp<std::int64_t>(m_bytes.size() - offset, 0, static_cast<std::int64_t>(into.size()));
        std::memcpy(into.data(), m_bytes.constData() + (count > 0 ? offset : 0), static_cast<std::size_t>(count));
        return static_cast<std::size_t>(count);
    }

private:
    const QByteArray m_bytes;
};

std::optional<CaptureStamp> stampIn(const media::Packet &picture)
{
    const auto payload = media::findUserDataSei(picture.codec, picture.data, protocol::kCaptureUuid);
    const auto stamp = payload ? protocol::decodeCapture(*payload) : Result<CaptureStamp>(fail(ErrorKind::NotFound, {}));
    return stamp && stamp->known ? std::optional(*stamp) : std::nullopt;
}

bool isPicture(const media::PacketPtr &unit)
{
    return !media::isSound(unit->codec);
}

} // namespace

net::HttpConnection::Options RelayReader::options()
{
    net::HttpConnection::Options options;
    options.basicOnly = true;
    return options;
}

Result<std::unique_ptr<SegmentReader>> RelayReader::open(Span span, SliceUrl url, std::stop_token stop)
{
    std::unique_ptr<RelayReader> reader(new RelayReader(std::move(span), std::move(url)));
    reader->m_next = reader->m_span.from;
    if (const Status fetched = reader->fetch(stop); !fetched)
        return fail(fetched.error());
    return reader;
}

Status RelayReader::seek(UtcTime at, std::stop_token stop)
{
    m_ahead.clear();
    m_before.clear();
    m_lastPts = microseconds::min() / 2;
    m_length = kFirstSlice;
    const UtcTime last = std::max(m_span.from, m_span.to - kShortest);
    m_next = std::clamp(at, m_span.from, last);
    return fetch(stop);
}

Result<media::PacketPtr> RelayReader::read(std::stop_token stop)
{
    while (m_ahead.empty()) {
        if (m_next + kShortest > m_span.to)
            return fail(ErrorKind::NotFound, QStringLiteral("end of file"));
        if (const Status fetched = fetch(stop); !fetched)
            return fail(fetched.error());
    }
    media::PacketPtr unit = std::move(m_ahead.front());
    m_ahead.pop_front();
    return unit;
}

Status RelayReader::fetch(const std::stop_token &stop)
{
    const microseconds length = std::clamp<microseconds>(m_span.to - m_next, kShortest, m_length);
    auto answer = m_connection.get(m_url(m_next, length), kMostBytes, stop);
    if (!answer && answer.error().kind == ErrorKind::Corrupt && m_length > kShortest * 2) { // too much at once
        m_length /= 2;
        return fetch(stop);
    }
    const bool nothing = !answer && answer.error().kind == ErrorKind::NotFound;
    if (!answer && !nothing)
        return fail(answer.error().kind == ErrorKind::Cancelled ? answer.error() : answer.error().wrap(m_span.name));
    std::vector<media::PacketPtr> units;
    if (answer && !answer->body.isEmpty()) {
        auto demuxer = media::SegmentDemuxer::open(std::make_unique<HeldBytes>(std::move(answer->body)), m_span.name, stop);
        if (demuxer) {
            for (auto unit = (*demuxer)->read(stop); unit; unit = (*demuxer)->read(stop))
                units.push_back(std::move(*unit));
            m_info = (*demuxer)->info();
        } else if (demuxer.error().kind == ErrorKind::Cancelled) {
            return fail(demuxer.error());
        }
    }
    if (std::none_of(units.begin(), units.end(), isPicture))
        m_remark = QStringLiteral("%1: the relay gives no pictures of a part of it").arg(m_span.name);
    give(units);
    m_next += length;
    m_length = std::min<microseconds>(m_length * 2, kSlice);
    return {};
}

/// How many of a slice's first pictures were given at the end of the one before: the server cuts by the time that each of
/// its files claims, so only the pictures themselves tell.
std::size_t RelayReader::givenBefore(const std::vector<media::PacketPtr> &pictures) const
{
    const auto same = [](const media::PacketPtr &a, const media::PacketPtr &b) { return a->data == b->data; };
    const auto begin = pictures.empty() ? m_before.end() : std::find_if(m_before.begin(), m_before.end(), [&](const media::PacketPtr &each) { return same(each, pictures.front()); });
    const auto [old, fresh] = std::mismatch(begin, m_before.end(), pictures.begin(), pictures.end(), same);
    return static_cast<std::size_t>(fresh - pictures.begin());
}

/// Times: the slice's first moment is 0. What leads to the first visible picture is all at that picture's time.
void RelayReader::give(const std::vector<media::PacketPtr> &units)
{
    std::vector<media::PacketPtr> pictures;
    std::copy_if(units.begin(), units.end(), std::back_inserter(pictures), isPicture);
    if (pictures.empty())
        return;
    const microseconds visible = pictures.front()->pts;
    std::int64_t hidden = std::count_if(pictures.begin(), pictures.end(), [visible](const media::PacketPtr &each) { return each->pts == visible; }) - 1;
    std::optional<microseconds> second;
    for (const media::PacketPtr &each : pictures) {
        if (each->pts > visible)
            second = std::min(second.value_or(each->pts), each->pts);
    }
    const microseconds interval = second ? *second - visible : kUsualInterval;
    std::size_t given = givenBefore(pictures);
    m_before = pictures;
    for (const media::PacketPtr &each : units) {
        auto unit = std::make_shared<media::Packet>(*each);
        unit->pts += m_next - m_span.from; // goes on over the slices
        unit->dts += m_next - m_span.from;
        if (!isPicture(each)) {
            m_ahead.push_back(std::move(unit));
            continue;
        }
        const std::int64_t early = each->pts == visible ? hidden-- : 0;
        if (given > 0) {
            --given;
            continue;
        }
        if (early > 0) {
            unit->pts = std::max(unit->pts - interval * early, m_lastPts + microseconds{1'000}); // two files may claim one time
            unit->dts = unit->pts;
        }
        m_lastPts = std::max(m_lastPts, unit->pts);
        unit->capture = stampIn(*each);
        if (!unit->capture) {
            unit->capture.emplace();
            unit->capture->captured = m_span.from + unit->pts;
            unit->capture->uncertainty = kArrival;
            unit->capture->sequence = m_count++;
        }
        m_ahead.push_back(std::move(unit));
    }
}

} // namespace vedette::recordings
