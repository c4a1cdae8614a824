// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/segment_recovery.h"

#include "core/media/nal.h"
#include "core/media/segment_boxes.h"
#include "core/protocol/capture_sei.h"

#include <QFile>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>

namespace vedette::agent {
namespace {

using media::boxType;

constexpr std::uint64_t kMostHead = 16U << 20;  // of a moov or moof, bytes: some kilobytes are usual
constexpr std::size_t kSlice = 64U << 10;

struct Fragment {
    std::int64_t offset = 0;
    std::vector<media::TrackFragment> tracks;
};

class Recovery {
public:
    Recovery(SegmentDisk &disk, const QString &path, const OpenFile &file) : m_disk(disk), m_path(path), m_file(file) {}

    Result<RecordedSegment> run(const protocol::SegmentName &name);

private:
    Result<media::Bytes> read(std::int64_t offset, std::uint64_t count);
    Result<std::optional<media::BoxHead>> headAt(std::int64_t offset);
    Status walk();
    /// How far the whole fragments go from there; 0 where it is not one, or no whole one.
    Result<std::uint64_t> fragmentAt(std::int64_t offset, const media::BoxHead &moof);
    Result<bool> isTail(std::int64_t offset, bool behindMoof = false);
    Status complete();
    Status describe(RecordedSegment &segment);
    Result<std::optional<CaptureStamp>> stampOf(const Fragment &fragment, const media::SegmentSample &sample);
    const media::SegmentTrack &pictures() const;
    const media::TrackFragment *picturesOf(const Fragment &fragment) const;
    template <typename Code>
    Error error(Code code, const char *what) const
    {
        return DiskError{static_cast<int>(-code), QStringLiteral("%1 cannot be %2").arg(m_path, QString::fromLatin1(what))}.error();
    }

    SegmentDisk &m_disk;
    const QString m_path;
    const OpenFile &m_file;
    std::int64_t m_size = 0;
    std::int64_t m_end = 0;     ///< of the last whole fragment
    bool m_indexed = false;
    std::vector<media::SegmentTrack> m_tracks;
    std::vector<Fragment> m_fragments;
};

Result<media::Bytes> Recovery::read(std::int64_t offset, std::uint64_t count)
{
    media::Bytes bytes(static_cast<std::size_t>(count));
    std::size_t have = 0;
    while (have < bytes.size()) {
        const std::int64_t got = m_disk.readAt(m_file.get(), std::span(bytes).subspan(have), offset + static_cast<std::int64_t>(have));
        if (got < 0)
            return fail(error(got, "read"));
        if (got == 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

Result<std::optional<media::BoxHead>> Recovery::headAt(std::int64_t offset)
{
    auto bytes = read(offset, media::BoxHead::kBytes);
    if (!bytes)
        return fail(bytes.error());
    const auto head = media::readBoxHead(*bytes);
    const bool whole = head && head->size <= static_cast<std::uint64_t>(m_size - offset);
    return whole ? head : std::nullopt;
}

Result<std::uint64_t> Recovery::fragmentAt(std::int64_t offset, const media::BoxHead &moof)
{
    const std::int64_t dataAt = offset + static_cast<std::int64_t>(moof.size);
    const auto data = headAt(dataAt);
    if (!data)
        return fail(data.error());
    if (!*data || (*data)->type != boxType("mdat") || moof.size > kMostHead)
        return std::uint64_t{0};
    const auto bytes = read(offset, moof.size);
    if (!bytes)
        return fail(bytes.error());
    auto tracks = media::readFragment(*bytes, (*data)->size, m_tracks);
    if (!tracks)
        return std::uint64_t{0};
    m_fragments.push_back({offset, std::move(*tracks)});
    return moof.size + (*data)->size;
}

/// Whether what begins there is what an interrupted write leaves: a box that goes beyond the end, a moof without the whole
/// of its mdat, or nothing but zeros.
Result<bool> Recovery::isTail(std::int64_t offset, bool behindMoof)
{
    const auto bytes = read(offset, media::BoxHead::kBytes);
    if (!bytes)
        return fail(bytes.error());
    const auto head = media::readBoxHead(*bytes);
    const auto left = static_cast<std::uint64_t>(m_size - offset);
    if (left < 8 && offset > 0)
        return true;
    if (left < 8) // not even the head of our first box, which is short; anything else is somebody's
        return std::equal(bytes->begin(), bytes->end(), std::array<std::uint8_t, 8>{0, 0, 0, bytes->size() > 3 ? (*bytes)[3] : std::uint8_t{0}, 'f', 't', 'y', 'p'}.begin())
            || std::all_of(bytes->begin(), bytes->end(), [](std::uint8_t byte) { return byte == 0; });
    const std::array ours{boxType("ftyp"), boxType("moov"), boxType("moof"), boxType("mdat"), boxType("mfra")};
    if (head && std::find(ours.begin(), ours.end(), head->type) != ours.end()) {
        if (head->size > left || head->type != boxType("moof") || behindMoof)
            return head->size > left;
        return isTail(offset + static_cast<std::int64_t>(head->size), true);
    }
    for (std::int64_t at = offset; at < m_size; at += static_cast<std::int64_t>(kSlice)) {
        const auto slice = read(at, kSlice);
        if (!slice)
            return fail(slice.error());
        if (std::any_of(slice->begin(), slice->end(), [](std::uint8_t byte) { return byte != 0; }))
            return false;
    }
    return true;
}

Status Recovery::walk()
{
    const Error noSegment{ErrorKind::Corrupt, QStringLiteral("%1 is no recorded segment").arg(m_path), nullptr};
    std::int64_t at = 0;
    while (at < m_size) {
        const auto next = headAt(at);
        if (!next)
            return fail(next.error());
        const std::optional<media::BoxHead> &head = *next;
        if (at == 0 && (!head || head->type != boxType("ftyp"))) {
            const auto tail = isTail(0);
            return tail && *tail ? Status() : Status(fail(tail ? noSegment : tail.error()));
        }
        std::uint64_t size = head ? head->size : 0;
        if (head && head->type == boxType("moov") && m_tracks.empty() && size <= kMostHead) {
            const auto bytes = read(at, size);
            auto tracks = bytes ? media::readMovie(*bytes) : tl::unexpected(bytes.error());
            if (!tracks)
                return fail(bytes ? noSegment : bytes.error());
            m_tracks = std::move(*tracks);
        } else if (head && head->type == boxType("moof") && !m_tracks.empty()) {
            const auto whole = fragmentAt(at, *head);
            if (!whole)
                return fail(whole.error());
            size = *whole;
            m_end = size > 0 ? at + static_cast<std::int64_t>(size) : m_end;
        } else if (head && head->type == boxType("mfra") && at + static_cast<std::int64_t>(size) == m_size) {
            m_indexed = true;
        } else if (at > 0) {
            size = 0;
        }
        if (size == 0) {
            const auto tail = isTail(at);
            if (!tail)
                return fail(tail.error());
            return *tail ? Status() : Status(fail(ErrorKind::Corrupt, QStringLiteral("%1 is damaged at byte %2").arg(m_path).arg(at)));
        }
        at += static_cast<std::int64_t>(size);
    }
    return {};
}

const media::SegmentTrack &Recovery::pictures() const
{
    return *std::find_if(m_tracks.begin(), m_tracks.end(), [](const media::SegmentTrack &track) { return !media::isSound(track.codec) && track.codec != media::Codec::Unknown; });
}

const media::TrackFragment *Recovery::picturesOf(const Fragment &fragment) const
{
    const auto found = std::find_if(fragment.tracks.begin(), fragment.tracks.end(),
                                    [id = pictures().id](const media::TrackFragment &each) { return each.track == id && !each.samples.empty(); });
    return found == fragment.tracks.end() ? nullptr : &*found;
}

Status Recovery::complete()
{
    std::vector<media::FragmentPlace> places;
    for (const Fragment &fragment : m_fragments) {
        std::uint32_t number = 0;
        for (const media::TrackFragment &each : fragment.tracks) {
            ++number;
            if (!each.samples.empty())
                places.push_back({static_cast<std::uint64_t>(fragment.offset), number, each.track,
                                  each.time + static_cast<std::uint64_t>(std::max(0, each.samples.front().composition))});
        }
    }
    if (const int cut = m_size > m_end ? m_disk.truncate(m_file.get(), m_end) : 0; cut < 0)
        return fail(error(cut, "cut behind its last whole fragment"));
    m_size = m_end;
    const media::Bytes index = media::makeFragmentIndex(places);
    for (std::span<const std::uint8_t> rest(index); !rest.empty();) {
        const std::int64_t written = m_disk.write(m_file.get(), rest);
        if (written <= 0)
            return fail(error(written == 0 ? -EIO : written, "given its index"));
        rest = rest.subspan(static_cast<std::size_t>(written));
        m_size += written;
    }
    if (const int synced = m_disk.sync(m_file.get()); synced < 0)
        return fail(error(synced, "synced"));
    return {};
}

Result<std::optional<CaptureStamp>> Recovery::stampOf(const Fragment &fragment, const media::SegmentSample &sample)
{
    const auto bytes = read(fragment.offset + static_cast<std::int64_t>(sample.offset), sample.size);
    if (!bytes)
        return fail(bytes.error());
    const auto unit = media::toAnnexB(*bytes);
    const auto payload = unit ? media::findUserDataSei(pictures().codec, *unit, protocol::kCaptureUuid) : std::nullopt;
    const auto stamp = payload ? protocol::decodeCapture(*payload) : Result<CaptureStamp>(fail(ErrorKind::NotFound, {}));
    return stamp ? std::optional(*stamp) : std::nullopt;
}

/// Times by the capture stamps in the pictures; a picture without one lies where its media time says.
Status Recovery::describe(RecordedSegment &segment)
{
    segment.codec = pictures().codec;
    segment.width = pictures().width;
    segment.height = pictures().height;
    segment.sound = m_tracks.size() > 1;
    segment.bytes = static_cast<std::uint64_t>(m_size);
    microseconds duration{0};
    const Fragment *last = nullptr;
    for (const Fragment &fragment : m_fragments) {
        const media::TrackFragment *shown = picturesOf(fragment);
        if (!shown)
            continue;
        std::uint64_t ticks = 0;
        for (const media::SegmentSample &sample : shown->samples)
            ticks += sample.duration;
        duration += microseconds{static_cast<std::int64_t>(static_cast<double>(ticks) * 1e6 / pictures().timescale + 0.5)};
        if (!last) {
            const auto first = stampOf(fragment, shown->samples.front());
            if (!first)
                return fail(first.error());
            segment.from = *first ? (*first)->captured : UtcTime{segment.name.start.value_or(std::chrono::sys_seconds{})};
            segment.name.run = *first ? (*first)->run : segment.name.run;
        }
        segment.frames += shown->samples.size();
        last = &fragment;
    }
    segment.to = segment.from + duration;
    if (!last)
        return {};
    std::optional<UtcTime> newest;
    const media::TrackFragment *shown = picturesOf(*last);
    for (const media::SegmentSample &sample : shown->samples) {
        const auto stamp = stampOf(*last, sample);
        if (!stamp)
            return fail(stamp.error());
        if (*stamp)
            newest = std::max(newest.value_or((*stamp)->captured), (*stamp)->captured);
    }
    if (newest)
        segment.to = *newest + microseconds{static_cast<std::int64_t>(shown->samples.back().duration) * 1'000'000 / pictures().timescale};
    return {};
}

Result<RecordedSegment> Recovery::run(const protocol::SegmentName &name)
{
    RecordedSegment segment;
    segment.name = name;
    m_size = m_disk.size(m_file.get());
    if (m_size < 0)
        return fail(error(m_size, "read"));
    if (const Status walked = walk(); !walked)
        return fail(walked.error());
    if (m_fragments.empty())
        return segment;
    if (const Status whole = m_indexed ? Status() : complete(); !whole)
        return fail(whole.error());
    if (const Status described = describe(segment); !described)
        return fail(described.error());
    return segment;
}

} // namespace

Result<RecordedSegment> recoverSegment(SegmentDisk &disk, const QString &file, const protocol::SegmentName &name)
{
    const int opened = disk.openAt(AT_FDCWD, QFile::encodeName(file), O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0);
    if (opened < 0)
        return fail(DiskError{-opened, QStringLiteral("%1 cannot be opened").arg(file)}.error());
    const OpenFile open(disk, opened);
    return Recovery(disk, file, open).run(name);
}

} // namespace vedette::agent
