// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/file_facts.h"

#include "core/media/nal.h"
#include "core/media/segment_boxes.h"
#include "core/media/segment_demuxer.h"
#include "core/protocol/capture_sei.h"
#include "core/protocol/time_range.h"

#include <algorithm>

namespace vedette::recordings {
namespace {

using media::boxType;
using media::BoxHead;
using media::Bytes;

constexpr std::uint64_t kMostHead = 16U << 20;  // of a moov or moof: some kilobytes are usual
constexpr std::uint64_t kMostSample = 16U << 20;
constexpr std::size_t kMfroBytes = 16;          // 8.8.11, the last of the file
constexpr microseconds kLastPicture = std::chrono::hours{24 * 365}; // behind every file's end
constexpr std::int64_t kTo1970 = 2'082'844'800; // seconds from 1904, where MP4's times begin

std::uint64_t number(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t count)
{
    std::uint64_t value = 0;
    for (std::size_t i = at; i < at + count; ++i)
        value = value << 8 | (i < bytes.size() ? bytes[i] : 0);
    return value;
}

/// The body of the first box that such a path of types leads to.
std::span<const std::uint8_t> find(std::span<const std::uint8_t> boxes, std::initializer_list<std::uint32_t> path)
{
    for (const std::uint32_t type : path) {
        for (;;) {
            const auto head = media::readBoxHead(boxes);
            if (!head || head->size > boxes.size())
                return {};
            if (head->type == type) {
                boxes = boxes.subspan(head->headBytes, head->size - head->headBytes);
                break;
            }
            boxes = boxes.subspan(head->size);
        }
    }
    return boxes;
}

std::optional<CaptureStamp> stampIn(media::Codec codec, std::span<const std::uint8_t> annexB)
{
    const auto payload = media::findUserDataSei(codec, annexB, protocol::kCaptureUuid);
    const auto stamp = payload ? protocol::decodeCapture(*payload) : Result<CaptureStamp>(fail(ErrorKind::NotFound, {}));
    return stamp ? std::optional(*stamp) : std::nullopt;
}

/// When the movie's first picture had come, in MediaMTX's own box: version and flags, stream id (16), number of the segment
/// u64, DTS i64 ns, wall time i64 ns.
std::optional<UtcTime> arrivedIn(std::span<const std::uint8_t> moov)
{
    constexpr std::size_t kTime = 4 + 16 + 8 + 8;
    const auto mtxi = find(moov, {boxType("udta"), boxType("mtxi")});
    const auto micros = mtxi.size() >= kTime + 8 ? static_cast<std::int64_t>(number(mtxi, kTime, 8)) / 1000 : 0;
    return micros > 0 && protocol::isPlausibleTime(micros) ? std::optional(utcFromMicros(micros)) : std::nullopt;
}

/// The creation time of mvhd (8.2.2).
std::optional<UtcTime> createdIn(std::span<const std::uint8_t> moov)
{
    const auto mvhd = find(moov, {boxType("mvhd")});
    if (mvhd.size() < 20)
        return std::nullopt;
    const auto created = static_cast<std::int64_t>(mvhd[0] == 1 ? number(mvhd, 4, 8) : number(mvhd, 4, 4));
    const std::int64_t micros = created > kTo1970 && created < (1LL << 36) ? (created - kTo1970) * 1'000'000 : 0;
    return micros > 0 && protocol::isPlausibleTime(micros) ? std::optional(utcFromMicros(micros)) : std::nullopt;
}

/// A fragmented MP4.
class Fragments {
public:
    Fragments(media::ByteSource &bytes, const QString &name, const std::stop_token &stop) : m_bytes(bytes), m_name(name), m_stop(stop) {}

    /// Its moov; empty where this is no such file.
    Result<bool> open();
    Result<FileFacts> facts();
    /// Into facts, what the moov says of times.
    void tellTimes(FileFacts &facts) const
    {
        facts.arrived = m_arrived;
        facts.created = m_created;
    }

private:
    struct Fragment {
        media::TrackFragment pictures;
        std::int64_t offset = 0;
    };
    Result<Bytes> read(std::int64_t offset, std::uint64_t count);
    Result<std::optional<BoxHead>> headAt(std::int64_t offset);
    /// The pictures of the fragment there; empty: it has none, or is none.
    Result<std::optional<Fragment>> fragmentAt(std::int64_t offset);
    Result<std::optional<CaptureStamp>> stampOf(const Fragment &fragment);
    std::optional<std::int64_t> lastByIndex();
    Result<std::optional<Fragment>> lastByWalk(std::int64_t at);
    microseconds timeOf(std::uint64_t ticks) const { return microseconds{static_cast<std::int64_t>(static_cast<double>(ticks) * 1e6 / m_pictures->timescale)}; }

    media::ByteSource &m_bytes;
    const QString m_name;
    const std::stop_token m_stop;
    std::vector<media::SegmentTrack> m_tracks;
    const media::SegmentTrack *m_pictures = nullptr;
    std::optional<UtcTime> m_arrived;
    std::optional<UtcTime> m_created;
    std::int64_t m_first = 0;  ///< offset behind the moov
    QString m_fault;
};

Result<Bytes> Fragments::read(std::int64_t offset, std::uint64_t count)
{
    Bytes out(static_cast<std::size_t>(count));
    std::size_t have = 0;
    while (have < out.size()) {
        const auto got = m_bytes.read(offset + static_cast<std::int64_t>(have), std::span(out).subspan(have), m_stop);
        if (!got)
            return fail(got.error());
        if (*got == 0)
            break;
        have += *got;
    }
    out.resize(have);
    return out;
}

Result<std::optional<BoxHead>> Fragments::headAt(std::int64_t offset)
{
    const auto bytes = read(offset, BoxHead::kBytes);
    if (!bytes)
        return fail(bytes.error());
    return media::readBoxHead(*bytes);
}

Result<bool> Fragments::open()
{
    std::int64_t at = 0;
    for (int boxes = 0; boxes < 16; ++boxes) {
        const auto head = headAt(at);
        if (!head)
            return fail(head.error());
        if (!*head || (at == 0 && (*head)->type != boxType("ftyp") && (*head)->type != boxType("styp")))
            return false;
        if ((*head)->type == boxType("moov")) {
            const auto moov = (*head)->size <= kMostHead ? read(at, (*head)->size) : Result<Bytes>(Bytes());
            if (!moov)
                return fail(moov.error());
            if (moov->size() < (*head)->size)
                return false;
            const auto body = std::span(*moov).subspan((*head)->headBytes);
            m_arrived = arrivedIn(body);
            m_created = createdIn(body);
            auto tracks = media::readMovie(*moov);
            if (!tracks)
                return false; // not in fragments, or not understood: libavformat's
            m_tracks = std::move(*tracks);
            m_first = at + static_cast<std::int64_t>((*head)->size);
            const auto found = std::find_if(m_tracks.begin(), m_tracks.end(), [](const media::SegmentTrack &each) { return !media::isSound(each.codec) && each.codec != media::Codec::Unknown; });
            m_pictures = found == m_tracks.end() ? nullptr : &*found;
            return m_pictures != nullptr && m_pictures->timescale > 0;
        }
        at += static_cast<std::int64_t>((*head)->size);
    }
    return false;
}

Result<std::optional<Fragments::Fragment>> Fragments::fragmentAt(std::int64_t offset)
{
    const auto moof = headAt(offset);
    if (!moof)
        return fail(moof.error());
    if (!*moof || (*moof)->type != boxType("moof") || (*moof)->size > kMostHead)
        return std::nullopt;
    const std::int64_t dataAt = offset + static_cast<std::int64_t>((*moof)->size);
    const auto data = headAt(dataAt);
    if (!data)
        return fail(data.error());
    if (!*data || (*data)->type != boxType("mdat") || (*data)->size > static_cast<std::uint64_t>(m_bytes.size() - dataAt))
        return std::nullopt;
    const auto bytes = read(offset, (*moof)->size);
    if (!bytes)
        return fail(bytes.error());
    const auto tracks = media::readFragment(*bytes, (*data)->size, m_tracks);
    if (!tracks)
        return std::nullopt;
    for (const media::TrackFragment &each : *tracks) {
        if (each.track == m_pictures->id && !each.samples.empty())
            return Fragment{each, offset};
    }
    return std::nullopt;
}

/// Of its first picture.
Result<std::optional<CaptureStamp>> Fragments::stampOf(const Fragment &fragment)
{
    const media::SegmentSample &picture = fragment.pictures.samples.front();
    if (picture.size > kMostSample)
        return std::nullopt;
    const auto sample = read(fragment.offset + static_cast<std::int64_t>(picture.offset), picture.size);
    if (!sample)
        return fail(sample.error());
    const auto unit = media::toAnnexB(*sample);
    return unit ? stampIn(m_pictures->codec, *unit) : std::nullopt;
}

/// Offset of the last fragment with pictures by the index at the end (8.8.9 to 8.8.11).
std::optional<std::int64_t> Fragments::lastByIndex()
{
    const auto end = m_bytes.size() > static_cast<std::int64_t>(kMfroBytes) ? read(m_bytes.size() - static_cast<std::int64_t>(kMfroBytes), kMfroBytes) : Result<Bytes>(Bytes());
    if (!end || end->size() < kMfroBytes || number(*end, 4, 4) != boxType("mfro"))
        return std::nullopt;
    const std::uint64_t size = number(*end, 12, 4);
    if (size > kMostHead || static_cast<std::int64_t>(size) > m_bytes.size())
        return std::nullopt;
    const auto mfra = read(m_bytes.size() - static_cast<std::int64_t>(size), size);
    const auto head = mfra ? media::readBoxHead(*mfra) : std::nullopt;
    if (!head || head->type != boxType("mfra") || head->size != mfra->size())
        return std::nullopt;
    std::optional<std::int64_t> last;
    std::span<const std::uint8_t> rest = std::span(*mfra).subspan(head->headBytes);
    for (auto box = media::readBoxHead(rest); box && box->size <= rest.size(); box = media::readBoxHead(rest)) {
        const auto body = rest.subspan(box->headBytes, box->size - box->headBytes);
        rest = rest.subspan(box->size);
        if (box->type != boxType("tfra") || body.size() < 16 || number(body, 4, 4) != m_pictures->id)
            continue;
        const std::size_t word = body[0] == 1 ? 8 : 4;
        const std::uint64_t lengths = number(body, 8, 4);
        const std::size_t entry = 2 * word + (lengths >> 4 & 3) + (lengths >> 2 & 3) + (lengths & 3) + 3;
        const std::uint64_t count = number(body, 12, 4);
        if (count > 0 && count <= (body.size() - 16) / entry)
            last = static_cast<std::int64_t>(number(body, 16 + (count - 1) * entry + word, word));
    }
    return last;
}

/// Without an index: from head to head. What does not go on to the end is told as fault.
Result<std::optional<Fragments::Fragment>> Fragments::lastByWalk(std::int64_t at)
{
    std::optional<std::int64_t> last;
    std::optional<std::int64_t> before;
    while (at < m_bytes.size()) {
        const auto head = headAt(at);
        if (!head)
            return fail(head.error());
        const bool whole = *head && (*head)->size <= static_cast<std::uint64_t>(m_bytes.size() - at);
        if (!whole)
            break;
        if ((*head)->type == boxType("moof")) {
            before = last;
            last = at;
        }
        at += static_cast<std::int64_t>((*head)->size);
    }
    if (at < m_bytes.size() && !m_bytes.growing())
        m_fault = QStringLiteral("%1 is cut off or damaged at byte %2 of %3").arg(m_name).arg(at).arg(m_bytes.size());
    for (const auto &place : {last, before}) { // of the last there may be the head alone
        if (!place)
            continue;
        auto fragment = fragmentAt(*place);
        if (!fragment || *fragment)
            return fragment;
    }
    return std::nullopt;
}

Result<FileFacts> Fragments::facts()
{
    FileFacts facts;
    tellTimes(facts);
    facts.growing = m_bytes.growing();
    auto first = Result<std::optional<Fragment>>(std::nullopt);
    std::int64_t at = m_first;
    for (int boxes = 0; boxes < 64 && first && !*first && at < m_bytes.size(); ++boxes) {
        first = fragmentAt(at);
        const auto head = first && !*first ? headAt(at) : Result<std::optional<BoxHead>>(std::nullopt);
        if (!head)
            return fail(head.error());
        if (first && !*first && !*head)
            break;
        at += *head ? static_cast<std::int64_t>((*head)->size) : 0;
    }
    if (!first)
        return fail(first.error());
    if (!*first)
        return fail(ErrorKind::Corrupt, facts.growing ? QStringLiteral("%1 holds no picture yet").arg(m_name) : QStringLiteral("%1 holds no whole picture").arg(m_name));
    const auto stamp = stampOf(**first);
    if (!stamp)
        return fail(stamp.error());
    facts.stamp = *stamp;
    const auto place = lastByIndex();
    auto last = place ? fragmentAt(*place) : Result<std::optional<Fragment>>(std::nullopt);
    if (last && !*last)
        last = lastByWalk((*first)->offset);
    else if (last)
        facts.growing = false; // an index is written last
    if (!last)
        return fail(last.error());
    const Fragment &end = *last ? **last : **first;
    const auto later = facts.stamp && end.offset != (*first)->offset ? stampOf(end) : Result<std::optional<CaptureStamp>>(std::nullopt);
    if (!later)
        return fail(later.error());
    if (*later)
        facts.checked = (*later)->captured - timeOf(end.pictures.time - std::min(end.pictures.time, (*first)->pictures.time));
    std::uint64_t ticks = end.pictures.time;
    for (const media::SegmentSample &each : end.pictures.samples)
        ticks += each.duration;
    facts.duration = timeOf(ticks - std::min(ticks, (*first)->pictures.time));
    facts.fault = m_fault;
    return facts;
}

/// Any other file: its first picture, and the last one from the last key frame on.
Result<FileFacts> otherFacts(std::unique_ptr<media::ByteSource> bytes, const QString &name, const std::stop_token &stop)
{
    FileFacts facts;
    facts.growing = bytes->growing();
    auto demuxer = media::SegmentDemuxer::open(std::move(bytes), name, stop);
    if (!demuxer)
        return fail(demuxer.error());
    std::optional<microseconds> last;
    microseconds interval{0};
    const auto isSoundOf = [](const media::Packet &packet) { return media::isSound(packet.codec); };
    auto packet = (*demuxer)->read(stop);
    while (packet && isSoundOf(**packet))
        packet = (*demuxer)->read(stop);
    if (!packet)
        return packet.error().kind == ErrorKind::NotFound ? fail(ErrorKind::Corrupt, QStringLiteral("%1 holds no whole picture").arg(name)) : fail(packet.error());
    facts.stamp = stampIn((*packet)->codec, (*packet)->data);
    if (const Status sought = (*demuxer)->seek(kLastPicture, stop); !sought)
        return fail(sought.error());
    for (packet = (*demuxer)->read(stop); packet; packet = (*demuxer)->read(stop)) {
        if (isSoundOf(**packet))
            continue;
        if (last && (*packet)->pts > *last)
            interval = (*packet)->pts - *last;
        last = std::max(last.value_or((*packet)->pts), (*packet)->pts);
    }
    if (packet.error().kind != ErrorKind::NotFound)
        return fail(packet.error());
    const double rate = (*demuxer)->info().framerate;
    if (rate > 0)
        interval = microseconds{static_cast<std::int64_t>(1e6 / rate)};
    facts.duration = std::max(microseconds{0}, last.value_or((*demuxer)->start()) - (*demuxer)->start() + interval);
    return facts;
}

} // namespace

Result<FileFacts> readFileFacts(std::unique_ptr<media::ByteSource> bytes, const QString &name, std::stop_token stop)
{
    if (bytes->size() == 0)
        return fail(ErrorKind::Corrupt, bytes->growing() ? QStringLiteral("%1 holds no picture yet").arg(name) : QStringLiteral("%1 is empty").arg(name));
    Fragments fragments(*bytes, name, stop);
    const auto opened = fragments.open();
    if (!opened)
        return fail(opened.error());
    if (*opened)
        return fragments.facts();
    auto facts = otherFacts(std::move(bytes), name, stop);
    if (facts)
        fragments.tellTimes(*facts);
    return facts;
}

} // namespace vedette::recordings
