// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/file_segment_reader.h"

#include "core/base/compat.h"
#include "core/media/nal.h"
#include "core/media/segment_demuxer.h"
#include "core/protocol/capture_sei.h"

#include <QDateTime>

#include <deque>
#include <optional>

namespace vedette::recordings {
namespace {

constexpr int kMostTries = 32;           // of a seek, in a file whose capture times do not follow its own
constexpr microseconds kSameClock{2'000};

QString timeOfDay(UtcTime at)
{
    return QDateTime::fromMSecsSinceEpoch(toMicros(at) / 1000, compat::kUtc).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz"));
}

} // namespace

struct FileSegmentReader::Private {
    SegmentClaim claim;
    std::unique_ptr<media::SegmentDemuxer> file;
    /// Where both times of the file are known: of the last picture that told its capture time.
    struct Anchor {
        microseconds pts{0};
        UtcTime captured{};
    };
    Anchor anchor;
    QString disagreement;
    bool compared = false;             ///< the claim with the first picture
    std::deque<media::PacketPtr> ahead;
    std::optional<microseconds> leading; ///< pictures shown before that are left out, up to the next key frame

    std::optional<CaptureStamp> told(const media::Packet &picture) const;
    void compare(const CaptureStamp &stamp, microseconds pts);
    media::PacketPtr stamped(const media::PacketPtr &picture);
    Result<media::PacketPtr> next(std::stop_token stop);
    Result<media::PacketPtr> keyAt(microseconds pts, std::stop_token stop);
};

/// What the picture itself says, as its clock was corrected.
std::optional<CaptureStamp> FileSegmentReader::Private::told(const media::Packet &picture) const
{
    const auto payload = media::findUserDataSei(picture.codec, picture.data, protocol::kCaptureUuid);
    auto stamp = payload ? protocol::decodeCapture(*payload) : Result<CaptureStamp>(fail(ErrorKind::NotFound, {}));
    if (!stamp)
        return std::nullopt;
    const protocol::ClockRun *rule = nullptr;
    for (const protocol::ClockRun &each : claim.clockRuns) {
        if (each.run == stamp->run && each.since <= stamp->captured && (!rule || each.since >= rule->since))
            rule = &each;
    }
    if (rule) {
        stamp->captured += rule->offset;
        stamp->uncertainty = std::max(stamp->uncertainty, rule->uncertainty);
        stamp->known = true;
    }
    return *stamp;
}

void FileSegmentReader::Private::compare(const CaptureStamp &stamp, microseconds pts)
{
    compared = true;
    const UtcTime first = stamp.captured - (pts - file->start());
    if (claim.by.isEmpty() || !claim.known || std::chrono::abs(first - claim.from) <= claim.tolerance)
        return;
    disagreement = QStringLiteral("%1 says %2, its pictures say %3").arg(claim.by, timeOfDay(claim.from), timeOfDay(first));
}

media::PacketPtr FileSegmentReader::Private::stamped(const media::PacketPtr &picture)
{
    auto out = std::make_shared<media::Packet>(*picture);
    std::optional<CaptureStamp> stamp = told(*picture);
    if (stamp && stamp->known) {
        if (!compared)
            compare(*stamp, picture->pts);
        anchor = {picture->pts, stamp->captured};
    } else {
        if (!stamp) {
            stamp.emplace();
            stamp->uncertainty = claim.tolerance;
            stamp->known = claim.known;
        }
        stamp->captured = anchor.captured + (picture->pts - anchor.pts);
    }
    out->capture = stamp;
    return out;
}

/// Stamped, without what leads to a picture before the key frame that was sought.
Result<media::PacketPtr> FileSegmentReader::Private::next(std::stop_token stop)
{
    for (;;) {
        auto unit = file->read(stop);
        if (!unit || media::isSound((*unit)->codec))
            return unit;
        if ((*unit)->key)
            leading.reset();
        else if (leading && (*unit)->pts < *leading)
            continue;
        return stamped(*unit);
    }
}

/// The newest key frame at or before that time of the file, the first where none is.
Result<media::PacketPtr> FileSegmentReader::Private::keyAt(microseconds pts, std::stop_token stop)
{
    if (const Status sought = file->seek(pts, stop); !sought)
        return fail(sought.error());
    leading.reset();
    for (;;) {
        auto unit = next(stop);
        if (!unit && unit.error().kind == ErrorKind::NotFound && !file->damaged())
            return fail(ErrorKind::Corrupt, claim.name + QStringLiteral(": there is no key frame in it"));
        if (!unit || (!media::isSound((*unit)->codec) && (*unit)->key))
            return unit;
    }
}

FileSegmentReader::FileSegmentReader() : d(std::make_unique<Private>()) {}
FileSegmentReader::~FileSegmentReader() = default;

Result<std::unique_ptr<SegmentReader>> FileSegmentReader::open(std::unique_ptr<media::ByteSource> bytes, SegmentClaim claim, std::stop_token stop)
{
    auto file = media::SegmentDemuxer::open(std::move(bytes), claim.name, stop);
    if (!file)
        return fail(file.error());
    std::unique_ptr<FileSegmentReader> reader(new FileSegmentReader);
    Private &d = *reader->d;
    d.claim = std::move(claim);
    d.file = std::move(*file);
    d.anchor = {d.file->start(), d.claim.from};
    auto first = d.next(stop);
    if (first)
        d.ahead.push_back(std::move(*first));
    else if (first.error().kind == ErrorKind::Cancelled || first.error().kind == ErrorKind::Unavailable || first.error().kind == ErrorKind::Timeout)
        return fail(first.error());
    return reader;
}

const media::StreamInfo &FileSegmentReader::info() const
{
    return d->file->info();
}

QString FileSegmentReader::remark() const
{
    if (!d->disagreement.isEmpty() || d->file->damaged() == 0)
        return d->disagreement;
    return QStringLiteral("%1: %2 damaged places are left out").arg(d->claim.name).arg(d->file->damaged());
}

/// The capture times run with those of the file, except where a clock was set: then what is found there tells where to look,
/// and in the end the halves between what is too early and what is too late.
Status FileSegmentReader::seek(UtcTime at, std::stop_token stop)
{
    d->ahead.clear();
    microseconds guess = d->anchor.pts + (at - d->anchor.captured);
    media::PacketPtr low;              ///< the newest key frame known to be captured at or before at
    std::optional<microseconds> high;  ///< the oldest known to be captured behind it
    for (int i = 0;; ++i) {
        auto found = d->keyAt(guess, stop);
        if (!found)
            return fail(found.error());
        const media::PacketPtr key = std::move(*found);
        const microseconds off = at - key->capture->captured;
        const bool behind = off < microseconds{0};
        const bool again = low && key->pts == low->pts;
        const bool last = again && (!high || guess == *high - microseconds{1});
        const bool agreed = !behind && std::chrono::abs(key->pts + off - guess) <= kSameClock;
        if (last || agreed || (behind && key->pts > guess) || i >= kMostTries) {
            d->leading = key->pts;
            d->ahead.push_back(key);
            return {};
        }
        if (behind)
            high = key->pts;
        else
            low = key;
        guess = again ? *high : key->pts + off;
        if (high)
            guess = std::min(guess, *high - microseconds{1});
        if (behind && low && guess <= low->pts)
            guess = low->pts + (*high - low->pts) / 2;
        if (i == kMostTries - 1 && low)
            guess = low->pts;
    }
}

Result<media::PacketPtr> FileSegmentReader::read(std::stop_token stop)
{
    if (d->ahead.empty())
        return d->next(std::move(stop));
    media::PacketPtr unit = std::move(d->ahead.front());
    d->ahead.pop_front();
    return unit;
}

} // namespace vedette::recordings
