// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/segment_boxes.h"

#include <algorithm>
#include <map>

namespace vedette::media {
namespace {

using Span = std::span<const std::uint8_t>;

/// Reads big-endian numbers; past the end zeros, and remembers that it did.
class Cursor {
public:
    explicit Cursor(Span bytes) : m_bytes(bytes) {}

    bool ok() const { return m_ok; }
    std::uint64_t take(std::size_t count)
    {
        if (m_bytes.size() < count) {
            m_ok = false;
            m_bytes = {};
            return 0;
        }
        std::uint64_t value = 0;
        for (const std::uint8_t byte : m_bytes.first(count))
            value = value << 8 | byte;
        m_bytes = m_bytes.subspan(count);
        return value;
    }
    std::uint32_t u32() { return static_cast<std::uint32_t>(take(4)); }
    std::uint32_t u32If(bool present) { return present ? u32() : 0; }
    std::uint8_t version() { return static_cast<std::uint8_t>(take(1)); }
    std::uint32_t flags() { return static_cast<std::uint32_t>(take(3)); }
    void skip(std::size_t count) { span(count); }
    Span span(std::size_t count)
    {
        m_ok = m_ok && count <= m_bytes.size();
        const Span taken = m_bytes.first(std::min(count, m_bytes.size()));
        m_bytes = m_bytes.subspan(taken.size());
        return taken;
    }
    Span rest() const { return m_bytes; }

private:
    Span m_bytes;
    bool m_ok = true;
};

/// False when the boxes do not fill the span exactly.
bool forEachBox(Span bytes, const std::function<bool(std::uint32_t type, Span body)> &visit)
{
    while (!bytes.empty()) {
        const auto head = readBoxHead(bytes);
        if (!head || head->size > bytes.size())
            return false;
        if (!visit(head->type, bytes.subspan(head->headBytes, head->size - head->headBytes)))
            return false;
        bytes = bytes.subspan(head->size);
    }
    return true;
}

std::optional<Span> find(Span bytes, std::initializer_list<std::uint32_t> path)
{
    for (const std::uint32_t wanted : path) {
        std::optional<Span> found;
        forEachBox(bytes, [&](std::uint32_t type, Span body) {
            if (type == wanted)
                found = body;
            return !found;
        });
        if (!found)
            return std::nullopt;
        bytes = *found;
    }
    return bytes;
}

/// The body of the box that the span is; empty where it is not that.
Span bodyOf(Span box, std::uint32_t wanted)
{
    const auto head = readBoxHead(box);
    if (!head || head->type != wanted || head->size != box.size())
        return {};
    return box.subspan(head->headBytes);
}

Codec codecOf(std::uint32_t entry)
{
    switch (entry) {
    case boxType("avc1"):
    case boxType("avc3"): return Codec::H264;
    case boxType("hev1"):
    case boxType("hvc1"): return Codec::H265;
    case boxType("mp4a"): return Codec::Aac;
    default: return Codec::Unknown;
    }
}

/// count times a length in two bytes and so many bytes.
void appendSets(Cursor &in, std::uint64_t count, Bytes &out)
{
    for (; count > 0 && in.ok(); --count) {
        const Span set = in.span(in.take(2));
        out.insert(out.end(), {0, 0, 0, 1});
        out.insert(out.end(), set.begin(), set.end());
    }
}

/// What an avcC (14496-15, 5.3.3.1) or hvcC box (8.3.3.1) holds.
Bytes readSets(Codec codec, Span boxes)
{
    Bytes sets;
    bool good = true;
    forEachBox(boxes, [&](std::uint32_t type, Span body) {
        Cursor in(body);
        if (codec == Codec::H264 && type == boxType("avcC")) {
            in.skip(5);
            appendSets(in, in.take(1) & 0x1F, sets);
            appendSets(in, in.take(1), sets);
            good = in.ok();
        } else if (codec == Codec::H265 && type == boxType("hvcC")) {
            in.skip(22);
            for (std::uint64_t arrays = in.take(1); arrays > 0 && in.ok(); --arrays) {
                in.skip(1);
                appendSets(in, in.take(2), sets);
            }
            good = in.ok();
        }
        return true;
    });
    return good ? sets : Bytes();
}

/// media_time of the first edit that shows something.
std::int64_t readFirstShown(Span edits)
{
    Cursor c(edits);
    const bool wide = c.version() == 1;
    c.flags();
    for (std::uint32_t left = c.u32(); left > 0 && c.ok(); --left) {
        c.take(wide ? 8 : 4);
        const std::int64_t time = wide ? static_cast<std::int64_t>(c.take(8)) : static_cast<std::int32_t>(c.u32());
        c.u32(); // rate
        if (c.ok() && time >= 0)
            return time;
    }
    return 0;
}

std::optional<SegmentTrack> readTrack(Span trak)
{
    const auto header = find(trak, {boxType("tkhd")});
    const auto media = find(trak, {boxType("mdia"), boxType("mdhd")});
    const auto entries = find(trak, {boxType("mdia"), boxType("minf"), boxType("stbl"), boxType("stsd")});
    if (!header || !media || !entries)
        return std::nullopt;
    SegmentTrack track;
    Cursor h(*header);
    h.skip(h.version() == 1 ? 19 : 11); // flags and two times
    track.id = h.u32();
    Cursor m(*media);
    m.skip(m.version() == 1 ? 19 : 11);
    track.timescale = m.u32();
    Cursor e(*entries);
    e.skip(12); // version, flags, count, size of the first entry
    track.codec = codecOf(e.u32());
    if (track.codec == Codec::H264 || track.codec == Codec::H265) {
        e.skip(24); // up to the size of the picture (12.1.3)
        track.width = static_cast<int>(e.take(2));
        track.height = static_cast<int>(e.take(2));
        e.skip(50); // up to the boxes of the entry
        track.parameterSets = readSets(track.codec, e.rest());
    }
    if (const auto edits = find(trak, {boxType("edts"), boxType("elst")}))
        track.firstShown = readFirstShown(*edits);
    return h.ok() && m.ok() && e.ok() && track.timescale > 0 ? std::optional(track) : std::nullopt;
}

constexpr std::uint64_t kMostSamples = 1'000'000; ///< of one trun: a frame each tick of a long fragment

constexpr std::uint32_t kNonSync = 0x10000;      ///< of a sample's flags

/// One trun's samples; at: where its data begins, and then ends.
bool readRun(Span body, const SegmentTrack &defaults, std::uint64_t &at, std::vector<SegmentSample> &samples)
{
    Cursor run(body);
    run.version();
    const std::uint32_t has = run.flags();
    const std::uint32_t count = run.u32();
    if ((has & 1) != 0) {
        const auto offset = static_cast<std::int32_t>(run.u32());
        if (offset < 0)
            return false;
        at = static_cast<std::uint64_t>(offset);
    }
    const bool first = (has & 4) != 0;
    const std::uint32_t firstFlags = run.u32If(first);
    if (count > kMostSamples)
        return false;
    for (std::uint32_t i = 0; i < count && run.ok(); ++i) {
        SegmentSample sample{at, defaults.defaultSize, defaults.defaultDuration, 0, true};
        if ((has & 0x100) != 0)
            sample.duration = run.u32();
        if ((has & 0x200) != 0)
            sample.size = run.u32();
        const std::uint32_t usual = first && i == 0 ? firstFlags : defaults.defaultFlags;
        const std::uint32_t flags = (has & 0x400) != 0 ? run.u32() : usual;
        sample.key = (flags & kNonSync) == 0;
        sample.composition = static_cast<std::int32_t>(run.u32If((has & 0x800) != 0));
        at += sample.size;
        samples.push_back(sample);
    }
    return run.ok();
}

std::optional<TrackFragment> readTraf(Span traf, const std::vector<SegmentTrack> &tracks)
{
    const auto header = find(traf, {boxType("tfhd")});
    const auto decode = find(traf, {boxType("tfdt")});
    if (!header || !decode)
        return std::nullopt;
    Cursor h(*header);
    h.version();
    const std::uint32_t flags = h.flags();
    TrackFragment fragment;
    fragment.track = h.u32();
    const auto track = std::find_if(tracks.begin(), tracks.end(), [&](const SegmentTrack &each) { return each.id == fragment.track; });
    if (track == tracks.end() || (flags & 0x1) != 0 || (flags & 0x020000) == 0)
        return std::nullopt; // offsets must count from the moof
    h.u32If((flags & 0x2) != 0);
    SegmentTrack defaults = *track;
    if ((flags & 0x8) != 0)
        defaults.defaultDuration = h.u32();
    if ((flags & 0x10) != 0)
        defaults.defaultSize = h.u32();
    if ((flags & 0x20) != 0)
        defaults.defaultFlags = h.u32();
    Cursor d(*decode);
    const bool wide = d.version() == 1;
    d.flags();
    fragment.time = d.take(wide ? 8 : 4);
    std::uint64_t at = 0;
    const bool good = forEachBox(traf, [&](std::uint32_t type, Span body) {
        return type != boxType("trun") || readRun(body, defaults, at, fragment.samples);
    });
    return good && h.ok() && d.ok() ? std::optional(std::move(fragment)) : std::nullopt;
}

void append(Bytes &out, std::uint64_t value, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift & 0xFF));
}

} // namespace

std::optional<BoxHead> readBoxHead(std::span<const std::uint8_t> bytes)
{
    Cursor cursor(bytes);
    BoxHead head;
    head.size = cursor.u32();
    head.type = cursor.u32();
    head.headBytes = 8;
    if (head.size == 1) {
        head.size = cursor.take(8);
        head.headBytes = 16;
    }
    return cursor.ok() && head.size >= head.headBytes ? std::optional(head) : std::nullopt;
}

Result<std::vector<SegmentTrack>> readMovie(std::span<const std::uint8_t> moov)
{
    std::vector<SegmentTrack> tracks;
    const Span body = bodyOf(moov, boxType("moov"));
    bool fragments = false;
    const bool good = !body.empty() && forEachBox(body, [&](std::uint32_t type, Span inner) {
        fragments = fragments || type == boxType("mvex");
        const auto track = type == boxType("trak") ? readTrack(inner) : std::nullopt;
        if (track)
            tracks.push_back(*track);
        return track || type != boxType("trak");
    });
    if (!good)
        return fail(ErrorKind::Corrupt, QStringLiteral("its moov breaks the format"));
    const auto shows = [](const SegmentTrack &track) { return track.codec == Codec::H264 || track.codec == Codec::H265; };
    if (!fragments || std::none_of(tracks.begin(), tracks.end(), shows))
        return fail(ErrorKind::Unsupported, QStringLiteral("it is no fragmented recording of pictures"));
    if (const auto extends = find(body, {boxType("mvex")})) {
        forEachBox(*extends, [&](std::uint32_t type, Span inner) {
            Cursor c(inner);
            c.skip(4);
            const std::uint32_t id = c.u32();
            c.u32(); // sample entry
            const std::uint32_t duration = c.u32();
            const std::uint32_t size = c.u32();
            const std::uint32_t flags = c.u32();
            for (SegmentTrack &track : tracks) {
                if (type == boxType("trex") && track.id == id) {
                    track.defaultDuration = duration;
                    track.defaultSize = size;
                    track.defaultFlags = flags;
                }
            }
            return true;
        });
    }
    return tracks;
}

Result<std::vector<TrackFragment>> readFragment(std::span<const std::uint8_t> moof, std::uint64_t mdatSize, const std::vector<SegmentTrack> &tracks)
{
    std::vector<TrackFragment> fragments;
    const Span body = bodyOf(moof, boxType("moof"));
    const bool good = !body.empty() && forEachBox(body, [&](std::uint32_t type, Span inner) {
        if (type != boxType("traf"))
            return true;
        auto fragment = readTraf(inner, tracks);
        const std::uint64_t end = moof.size() + mdatSize;
        const bool within = fragment && !fragment->samples.empty() && std::all_of(fragment->samples.begin(), fragment->samples.end(), [&](const SegmentSample &sample) {
            return sample.offset >= moof.size() && sample.size <= end && sample.offset <= end - sample.size;
        });
        if (within)
            fragments.push_back(std::move(*fragment));
        return within;
    });
    if (!good || fragments.empty())
        return fail(ErrorKind::Corrupt, QStringLiteral("a moof breaks the format"));
    return fragments;
}

Bytes makeFragmentIndex(const std::vector<FragmentPlace> &places)
{
    std::map<std::uint32_t, std::vector<const FragmentPlace *>> tracks;
    for (const FragmentPlace &place : places)
        tracks[place.track].push_back(&place);
    Bytes out;
    append(out, 0, 4); // its size, below
    append(out, boxType("mfra"), 4);
    for (const auto &[id, all] : tracks) {
        append(out, 24 + all.size() * 28, 4);
        append(out, boxType("tfra"), 4);
        append(out, std::uint64_t{1} << 24, 4); // version 1: times and offsets of 64 bits
        append(out, id, 4);
        append(out, 0x3F, 4); // numbers of 32 bits
        append(out, all.size(), 4);
        for (const FragmentPlace *place : all) {
            append(out, place->time, 8);
            append(out, place->offset, 8);
            append(out, place->traf, 4);
            append(out, 1, 4); // trun
            append(out, 1, 4); // sample
        }
    }
    const std::size_t size = out.size() + 16;
    append(out, 16, 4);
    append(out, boxType("mfro"), 4);
    append(out, 0, 4);
    append(out, size, 4);
    for (int i = 0; i < 4; ++i)
        out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(size >> (24 - 8 * i) & 0xFF);
    return out;
}

bool forEachSampleNal(std::span<const std::uint8_t> sample, const std::function<void(std::span<const std::uint8_t>)> &visit)
{
    Cursor cursor(sample);
    while (!cursor.rest().empty()) {
        const Span nal = cursor.span(cursor.u32());
        if (!cursor.ok())
            return false;
        visit(nal);
    }
    return true;
}

Result<Bytes> toAnnexB(std::span<const std::uint8_t> sample)
{
    Bytes out;
    out.reserve(sample.size());
    const bool whole = forEachSampleNal(sample, [&out](Span nal) {
        out.insert(out.end(), {0, 0, 0, 1});
        out.insert(out.end(), nal.begin(), nal.end());
    });
    return whole ? Result<Bytes>(std::move(out)) : fail(ErrorKind::Corrupt, QStringLiteral("a picture's NAL units do not add up"));
}

} // namespace vedette::media
