// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/fragment_file.h"

#include <algorithm>
#include <cstring>

namespace vedette::media {
namespace {

using Span = std::span<const std::uint8_t>;

constexpr std::uint64_t kLargestBox = 16u << 20;     ///< of a moov or moof
constexpr std::uint32_t kLargestUnit = 64u << 20;
constexpr int kMostHeadBoxes = 16;
constexpr std::size_t kSearch = 64u << 10;           ///< bytes that are searched for a moof at once
constexpr std::int64_t kWalk = 512 << 10;            ///< a stretch so short is walked through, not halved
constexpr std::int64_t kMostIndex = 16 << 20;
constexpr int kMostProbes = 64;

std::uint64_t number(Span bytes, std::size_t at, std::size_t count)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value = value << 8 | bytes[at + i];
    return value;
}

/// Whether the NAL lengths of the sample entry have four bytes (14496-15, 5.3.3.1): anything else is not for this reader.
bool hasFourByteLengths(Span moov)
{
    for (const auto &[type, at] : {std::pair{"avcC", 4 + 4}, std::pair{"hvcC", 4 + 21}}) {
        const auto found = std::search(moov.begin(), moov.end(), type, type + 4);
        const std::size_t place = static_cast<std::size_t>(found - moov.begin()) + static_cast<std::size_t>(at);
        if (found != moov.end() && place < moov.size())
            return (moov[place] & 3) == 3;
    }
    return false;
}

bool isBoxOfFile(std::uint32_t type)
{
    return type == boxType("styp") || type == boxType("sidx") || type == boxType("free") || type == boxType("skip")
        || type == boxType("prft") || type == boxType("emsg") || type == boxType("mdat") || type == boxType("uuid");
}

} // namespace

microseconds FragmentFile::inMicros(const SegmentTrack &track, std::int64_t ticks) const
{
    const std::int64_t scale = track.timescale;
    return microseconds{ticks / scale * 1'000'000 + ticks % scale * 1'000'000 / scale};
}

Result<Bytes> FragmentFile::readHead(std::stop_token stop)
{
    std::int64_t at = 0;
    for (int i = 0; i < kMostHeadBoxes; ++i) {
        const auto bytes = m_bytes.bytes(at, BoxHead::kBytes, stop);
        if (!bytes)
            return fail(bytes.error());
        const auto head = readBoxHead(*bytes);
        if (!head || head->type == boxType("moof") || head->type == boxType("mdat"))
            break;
        if (i == 0 && head->type != boxType("ftyp"))
            break;
        const std::int64_t end = at + static_cast<std::int64_t>(std::min(head->size, std::uint64_t{1} << 40));
        if (head->type != boxType("moov") || head->size > kLargestBox) {
            at = end;
            continue;
        }
        const auto box = m_bytes.bytes(at, static_cast<std::size_t>(head->size), stop);
        if (!box)
            return fail(box.error());
        if (box->size() < head->size)
            break;
        auto tracks = readMovie(*box);
        if (!tracks)
            return fail(ErrorKind::Unsupported, tracks.error().detail);
        const auto shows = [](const SegmentTrack &track) { return track.codec == Codec::H264 || track.codec == Codec::H265; };
        m_tracks = std::move(*tracks);
        m_pictures = *std::find_if(m_tracks.begin(), m_tracks.end(), shows);
        m_begin = end;
        if (!hasFourByteLengths(*box))
            break;
        const auto all = m_bytes.bytes(0, static_cast<std::size_t>(end), stop);
        if (!all)
            return fail(all.error());
        return Bytes(all->begin(), all->end());
    }
    return fail(ErrorKind::Unsupported, QStringLiteral("it is no fragmented MP4"));
}

/// Empty where it breaks the format, or is not whole yet in a file that grows.
Result<std::optional<Fragment>> FragmentFile::parse(std::int64_t offset, const BoxHead &head, std::stop_token stop)
{
    using Maybe = std::optional<Fragment>;
    if (head.size > kLargestBox)
        return Maybe();
    const auto moofSize = static_cast<std::int64_t>(head.size);
    const auto bytes = m_bytes.bytes(offset, static_cast<std::size_t>(moofSize) + BoxHead::kBytes, stop);
    if (!bytes)
        return fail(bytes.error());
    if (static_cast<std::int64_t>(bytes->size()) < moofSize)
        return Maybe();
    const auto data = readBoxHead(bytes->subspan(static_cast<std::size_t>(moofSize)));
    const bool whole = data && data->type == boxType("mdat");
    const std::uint64_t dataSize = whole ? data->size : static_cast<std::uint64_t>(std::max<std::int64_t>(m_bytes.size() - offset - moofSize, 0));
    const auto tracks = readFragment(bytes->first(static_cast<std::size_t>(moofSize)), dataSize, m_tracks);
    if (!tracks)
        return Maybe();
    Fragment fragment;
    fragment.offset = offset;
    bool pictures = false;
    std::int64_t last = offset + moofSize;
    for (const TrackFragment &part : *tracks) {
        const auto track = std::find_if(m_tracks.begin(), m_tracks.end(), [&](const SegmentTrack &each) { return each.id == part.track; });
        const bool sound = track->codec == Codec::Aac;
        if (part.track != m_pictures.id && !sound)
            continue;
        std::int64_t ticks = static_cast<std::int64_t>(part.time & INT64_MAX) - track->firstShown;
        if (!sound && !std::exchange(pictures, true))
            fragment.time = inMicros(*track, ticks);
        for (const SegmentSample &sample : part.samples) {
            FragmentUnit unit{offset + static_cast<std::int64_t>(sample.offset), sample.size, sound, sample.key || sound,
                              inMicros(*track, ticks), inMicros(*track, ticks + sample.composition)};
            ticks += sample.duration;
            last = std::max(last, unit.offset + unit.size);
            if (unit.size > 0 && unit.size <= kLargestUnit && unit.offset + unit.size <= m_bytes.size())
                fragment.units.push_back(unit);
        }
    }
    fragment.end = whole ? offset + moofSize + static_cast<std::int64_t>(std::min(dataSize, std::uint64_t{1} << 40)) : last;
    if (fragment.end > m_bytes.size() && m_bytes.source().growing())
        return Maybe();
    if (!pictures)
        fragment.units.clear();
    std::stable_sort(fragment.units.begin(), fragment.units.end(), [](const FragmentUnit &a, const FragmentUnit &b) { return a.dts < b.dts; });
    if (pictures)
        m_known[offset] = {fragment.time, fragment.end};
    return Maybe(std::move(fragment));
}

/// Where the word moof is, four bytes less.
Result<std::optional<std::int64_t>> FragmentFile::nextMoof(std::int64_t from, std::int64_t to, std::stop_token stop)
{
    static constexpr char kWord[] = "moof";
    while (from < to) {
        const auto bytes = m_bytes.bytes(from, kSearch, stop);
        if (!bytes)
            return fail(bytes.error());
        if (bytes->size() < 8)
            break;
        const auto found = std::search(bytes->begin() + 4, bytes->end(), kWord, kWord + 4);
        const std::int64_t at = from + (found - bytes->begin()) - 4;
        if (found != bytes->end())
            return at < to ? std::optional(at) : std::nullopt;
        from += static_cast<std::int64_t>(bytes->size()) - 7;
    }
    return std::optional<std::int64_t>();
}

/// The first whole fragment with pictures whose moof is found by its name in that stretch.
Result<std::optional<Fragment>> FragmentFile::probe(std::int64_t from, std::int64_t to, std::stop_token stop)
{
    for (;;) {
        const auto place = nextMoof(from, to, stop);
        if (!place)
            return fail(place.error());
        if (!*place)
            return std::optional<Fragment>();
        const auto bytes = m_bytes.bytes(**place, BoxHead::kBytes, stop);
        if (!bytes)
            return fail(bytes.error());
        const auto head = readBoxHead(*bytes);
        auto fragment = head ? parse(**place, *head, stop) : std::optional<Fragment>();
        if (!fragment || (*fragment && !(*fragment)->units.empty()))
            return fragment;
        from = **place + 5;
    }
}

Result<std::optional<Fragment>> FragmentFile::at(std::int64_t offset, std::stop_token stop)
{
    while (offset < m_bytes.size()) {
        const auto bytes = m_bytes.bytes(offset, BoxHead::kBytes, stop);
        if (!bytes)
            return fail(bytes.error());
        const auto head = readBoxHead(*bytes);
        if (head && head->type == boxType("mfra"))
            return std::optional<Fragment>();
        if (head && head->type == boxType("moof")) {
            auto fragment = parse(offset, *head, stop);
            if (!fragment || (*fragment && !(*fragment)->units.empty()))
                return fragment;
            if (*fragment) { // sound alone
                offset = (*fragment)->end;
                continue;
            }
        } else if (head && isBoxOfFile(head->type) && head->size <= static_cast<std::uint64_t>(m_bytes.size() - offset)) {
            offset += static_cast<std::int64_t>(head->size);
            continue;
        }
        // Damage, or the end of a growing file, where nothing that is whole follows.
        auto next = probe(offset + 1, m_bytes.size(), stop);
        if (next && *next)
            ++m_damaged;
        return next;
    }
    return std::optional<Fragment>();
}

/// Only the pictures' times and places are taken; whoever uses one reads the fragment itself.
Status FragmentFile::readIndex(std::stop_token stop)
{
    m_indexRead = true;
    if (m_bytes.source().growing() || m_bytes.size() - m_begin < 16)
        return {};
    const auto tail = m_bytes.bytes(m_bytes.size() - 16, 16, stop);
    if (!tail)
        return fail(tail.error());
    if (tail->size() < 16 || number(*tail, 4, 4) != boxType("mfro"))
        return {};
    const auto size = static_cast<std::int64_t>(number(*tail, 12, 4));
    if (size < 16 || size > std::min(kMostIndex, m_bytes.size() - m_begin))
        return {};
    const auto bytes = m_bytes.bytes(m_bytes.size() - size, static_cast<std::size_t>(size), stop);
    if (!bytes)
        return fail(bytes.error());
    Span left = *bytes;
    const auto outer = readBoxHead(left);
    if (!outer || outer->type != boxType("mfra"))
        return {};
    left = left.subspan(outer->headBytes);
    while (const auto head = readBoxHead(left)) {
        if (head->size > left.size())
            break;
        const Span box = left.first(head->size);
        left = left.subspan(head->size);
        if (head->type != boxType("tfra") || box.size() < 24 || number(box, 12, 4) != m_pictures.id)
            continue;
        const std::size_t wide = box[8] == 1 ? 8 : 4;
        const std::uint64_t lengths = number(box, 16, 4);
        const std::size_t entry = 2 * wide + (lengths >> 4 & 3) + (lengths >> 2 & 3) + (lengths & 3) + 3;
        const std::uint64_t count = std::min<std::uint64_t>(number(box, 20, 4), (box.size() - 24) / entry);
        for (std::size_t i = 0; i < count; ++i) {
            const auto time = static_cast<std::int64_t>(number(box, 24 + i * entry, wide) & INT64_MAX);
            const auto offset = static_cast<std::int64_t>(number(box, 24 + i * entry + wide, wide) & INT64_MAX);
            if (offset >= m_begin && offset < m_bytes.size())
                m_known.try_emplace(offset, Place{inMicros(m_pictures, time - m_pictures.firstShown), 0});
        }
    }
    return {};
}

Result<std::optional<Fragment>> FragmentFile::find(microseconds dts, std::stop_token stop)
{
    if (!m_first) {
        auto first = at(m_begin, stop);
        if (!first || !*first)
            return first;
        m_first = std::move(*first);
    }
    Result<std::optional<Fragment>> best = m_first;
    if (m_first->time > dts)
        return best;
    if (!m_indexRead) {
        if (const Status read = readIndex(stop); !read)
            return fail(read.error());
    }
    std::int64_t high = m_bytes.size(); // from here on everything is later
    for (int i = 0; i < kMostProbes; ++i) {
        const std::int64_t low = (*best)->end;
        auto next = m_known.lower_bound(low);
        std::optional<microseconds> highTime;
        // What is known shortens the way, as far as it is true.
        if (next != m_known.end() && next->first < high) {
            auto later = std::find_if(next, m_known.end(), [&](const auto &each) { return each.second.time > dts || each.first >= high; });
            if (later != m_known.end() && later->first <= high) {
                high = later->first;
                highTime = later->second.time;
            }
            if (later != next) {
                const std::int64_t place = std::prev(later)->first;
                auto got = probe(place, place + 1, stop);
                if (!got)
                    return got;
                if (*got && (*got)->time <= dts)
                    best = std::move(got);
                else if (*got)
                    high = place; // the index says otherwise than the file
                else
                    m_known.erase(place);
                continue;
            }
        }
        if (low >= high)
            return best;
        Result<std::optional<Fragment>> got = std::nullopt;
        if (high - low <= kWalk) {
            got = at(low, stop);
            if (got && *got && (*got)->offset >= high)
                return best;
        } else {
            double part = 0.5;
            if (highTime && *highTime > (*best)->time)
                part = std::clamp(double((dts - (*best)->time).count()) / double((*highTime - (*best)->time).count()) - 0.02, 0.05, 0.95);
            const auto middle = low + static_cast<std::int64_t>(part * static_cast<double>(high - low));
            got = probe(middle, high, stop);
            if (got && !*got) {
                high = middle; // nothing begins behind it
                continue;
            }
        }
        if (!got)
            return got;
        if (!*got)
            return best;
        if ((*got)->time > dts)
            high = (*got)->offset;
        else
            best = std::move(got);
    }
    return best;
}

Result<std::optional<Fragment>> FragmentFile::before(std::int64_t offset, std::stop_token stop)
{
    // Known to end just there, or in the index just before it.
    for (auto known = m_known.lower_bound(offset); known != m_known.begin();) {
        --known;
        if (known->second.end != offset && (known->second.end != 0 || m_known.empty()))
            break;
        auto got = probe(known->first, known->first + 1, stop);
        if (!got)
            return got;
        if (*got && (*got)->end <= offset)
            return got;
        break;
    }
    for (std::int64_t reach = kWalk; offset > m_begin; reach *= 4) {
        const std::int64_t from = std::max(m_begin, offset - reach);
        std::optional<Fragment> best;
        for (std::int64_t at = from; at < offset;) {
            auto got = probe(at, offset, stop);
            if (!got)
                return got;
            if (!*got || (*got)->end > offset)
                break;
            at = (*got)->end;
            best = std::move(*got);
        }
        if (best || from == m_begin)
            return best;
    }
    return std::optional<Fragment>();
}

} // namespace vedette::media
