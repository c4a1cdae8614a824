// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/folder_source.h"

#include "core/media/file_bytes.h"
#include "core/protocol/manifest.h"
#include "core/recordings/file_facts.h"
#include "core/recordings/file_name.h"
#include "core/recordings/file_segment_reader.h"
#include "core/recordings/folder_tree.h"
#include "core/recordings/piece_spans.h"

#include <QFile>
#include <QHash>
#include <QLoggingCategory>

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

namespace vedette::recordings {
namespace {

Q_LOGGING_CATEGORY(lcFolder, "vedette.recordings.folder")

constexpr std::chrono::minutes kUsual{15};        // of a file nobody looked into yet
constexpr std::chrono::hours kLongest{6};         // a file that began before is not expected to reach further
constexpr std::size_t kManifestsAtOnce = 200;     // in a wider view nobody can see a single gap
constexpr qint64 kMostManifest = 16 << 20;
constexpr std::chrono::minutes kQuarter{15};      // all zones are off from UTC by whole ones
constexpr std::chrono::minutes kZoneSlack{2};
constexpr std::chrono::seconds kStampSlack{10};   // within a file there is one run of one clock
constexpr std::chrono::hours kMostZone{14};

/// One media file. Guarded by the source's mutex but for path and name, which do not change.
struct File {
    enum class State : std::uint8_t { Unread, Read, Broken };

    QString path;                   ///< below the root
    FileName name;
    State state = State::Unread;
    UtcTime from{};                 ///< by its name until it is read
    UtcTime to{};                   ///< while unread: a guess, at most the next one's beginning
    bool known = true;
    bool open = false;
    bool manifestRead = false;
    QString fault;
    QList<protocol::CoverageSpan> gaps; ///< before it, by its manifest
    std::int64_t size = -1;
    MonoTime lookedAt{};
};
using FilePtr = std::shared_ptr<File>;

struct LaneFiles {
    std::vector<FilePtr> known;     ///< by from
    std::vector<FilePtr> unknown;   ///< by path
};

/// What was found out of one file, without the lock.
struct Looked {
    File::State state = File::State::Broken;
    UtcTime from{};
    microseconds duration{0};
    bool known = true;
    bool open = false;
    QString fault;
    QList<protocol::CoverageSpan> gaps;
    std::int64_t size = -1;
};

Result<protocol::Manifest> readManifest(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > kMostManifest)
        return fail(ErrorKind::NotFound, path);
    return protocol::parseManifest(file.readAll());
}

QString manifestOf(const QString &path)
{
    return path.left(path.lastIndexOf(u'.')) + QStringLiteral(".json");
}

microseconds correctionOf(const protocol::Manifest &manifest, const CaptureStamp &stamp)
{
    microseconds offset{0};
    for (const protocol::ClockRun &each : manifest.clockRuns) {
        if (each.run == stamp.run && each.since <= stamp.captured)
            offset = each.offset;
    }
    return offset;
}

/// The pictures' own time, else when MediaMTX got them, else the name's, else the container's. A name that tells no zone but
/// differs from what the container says by a zone's offset is local time.
std::optional<UtcTime> timeOf(const FileFacts &facts, const FileName &name)
{
    if (facts.stamp && facts.checked && name.from && std::chrono::abs(*facts.checked - facts.stamp->captured) > kStampSlack) {
        // Bits have fallen over in one of the two; the name tells in which.
        const auto off = [&name](UtcTime time) { return std::chrono::abs(time - *name.from); };
        return off(*facts.checked) < off(facts.stamp->captured) ? *facts.checked : facts.stamp->captured;
    }
    if (facts.stamp)
        return facts.stamp->captured;
    if (facts.arrived)
        return facts.arrived;
    if (!name.from || name.zoned || !facts.created)
        return name.from ? name.from : facts.created;
    const auto off = *name.from - *facts.created;
    const auto zone = std::chrono::round<std::chrono::duration<std::int64_t, std::ratio<900>>>(off);
    const bool local = std::chrono::abs(off - zone) <= kZoneSlack && std::chrono::abs(zone) <= kMostZone;
    static_assert(kQuarter == std::chrono::duration<std::int64_t, std::ratio<900>>{1});
    return local ? *name.from - zone : *name.from;
}

} // namespace

struct FolderSource::Private {
    Private(QString path, const Clock &clock_, QTimeZone zone_)
        : root(std::move(path)), clock(clock_), zone(std::move(zone_)), tree(root, kMostFiles, kMostDepth)
    {
    }

    Status list(const std::stop_token &stop);
    void sortIn(const QStringList &paths);
    void arrange(LaneFiles &files);
    Result<Looked> look(const File &file, bool manifest, const std::stop_token &stop) const;
    void keep(File &file, const Looked &looked, bool manifest);
    /// Those that may hold something of the span.
    std::vector<FilePtr> filesIn(const RecordingLane &lane, UtcTime from, UtcTime to) const;
    bool wantsLook(const File &file, bool manifest) const;
    /// False: time was over before all were looked into.
    Result<bool> lookInto(const RecordingLane &lane, const std::vector<FilePtr> &files, bool manifests, std::optional<milliseconds> most, const std::stop_token &stop);
    Piece pieceOf(const File &file) const;
    QString full(const File &file) const { return root + u'/' + file.path; }

    const QString root;
    const Clock &clock;
    const QTimeZone zone;

    std::mutex listing;       // guards the next three; taken before mutex
    FolderTree tree;
    bool listed = false;
    MonoTime listedAt{};

    mutable std::mutex mutex; // guards the rest
    std::map<RecordingLane, LaneFiles> lanes;
    QHash<QString, FilePtr> files;
};

Status FolderSource::Private::list(const std::stop_token &stop)
{
    std::unique_lock lock(listing, std::try_to_lock);
    if (!lock.owns_lock()) {
        // Somebody lists it at this moment: what was there before will do, unless there is nothing yet.
        const bool before = [this] { const std::lock_guard guard(mutex); return !lanes.empty(); }();
        if (before)
            return {};
        lock.lock();
    }
    if (listed && clock.now() - listedAt < kListAgain)
        return {};
    const auto changed = tree.refresh(stop);
    if (!changed)
        return fail(changed.error());
    if (*changed || !listed) {
        sortIn(tree.files());
        for (const QString &each : tree.problems())
            qCWarning(lcFolder).noquote() << each;
    }
    listed = true;
    listedAt = clock.now();
    return {};
}

/// Files that were there keep what is known of them.
void FolderSource::Private::sortIn(const QStringList &paths)
{
    QHash<QString, FilePtr> now;
    now.reserve(paths.size());
    const std::lock_guard lock(mutex);
    std::map<RecordingLane, LaneFiles> sorted;
    for (const QString &path : paths) {
        FilePtr file = files.value(path);
        if (!file) {
            file = std::make_shared<File>();
            file->path = path;
            file->name = parseFileName(path, root, zone);
            file->known = file->name.from.has_value();
            file->from = file->name.from.value_or(UtcTime{});
        }
        now.insert(path, file);
        LaneFiles &lane = sorted[file->name.lane];
        (file->known ? lane.known : lane.unknown).push_back(file);
    }
    files.swap(now);
    lanes.swap(sorted);
    for (auto &[lane, each] : lanes)
        arrange(each);
}

/// Into their order after their times may have changed; unread ones last up to the next at most.
void FolderSource::Private::arrange(LaneFiles &lane)
{
    std::vector<FilePtr> all;
    all.swap(lane.known);
    all.insert(all.end(), lane.unknown.begin(), lane.unknown.end());
    lane.unknown.clear();
    for (FilePtr &each : all)
        (each->known ? lane.known : lane.unknown).push_back(std::move(each));
    std::sort(lane.known.begin(), lane.known.end(), [](const FilePtr &a, const FilePtr &b) { return std::tie(a->from, a->path) < std::tie(b->from, b->path); });
    std::sort(lane.unknown.begin(), lane.unknown.end(), [](const FilePtr &a, const FilePtr &b) { return a->path < b->path; });
    for (std::size_t i = 0; i < lane.known.size(); ++i) {
        File &file = *lane.known[i];
        if (file.state == File::State::Read)
            continue;
        file.to = file.from + kUsual;
        if (i + 1 < lane.known.size() && lane.known[i + 1]->from > file.from)
            file.to = std::min(file.to, lane.known[i + 1]->from);
    }
}

Result<Looked> FolderSource::Private::look(const File &file, bool withManifest, const std::stop_token &stop) const
{
    const QString path = full(file);
    Looked looked;
    looked.from = file.name.from.value_or(UtcTime{});
    looked.known = file.name.from.has_value();
    const auto broken = [&looked](const Error &error) {
        looked.fault = error.text();
        return looked;
    };
    auto bytes = media::FileBytes::open(path);
    if (!bytes)
        return broken(bytes.error());
    looked.size = (*bytes)->size();
    looked.open = (*bytes)->growing();
    const UtcTime modified = (*bytes)->modified();
    const auto facts = readFileFacts(std::move(*bytes), path, stop);
    if (!facts && facts.error().kind == ErrorKind::Cancelled)
        return fail(facts.error());
    if (!facts)
        return broken(facts.error());
    looked.state = File::State::Read;
    looked.open = facts->growing;
    looked.fault = facts->fault;
    looked.duration = facts->duration;
    const auto time = timeOf(*facts, file.name);
    looked.known = time && (!facts->stamp || facts->stamp->known);
    looked.from = time.value_or(modified - facts->duration);
    if (!withManifest)
        return looked;
    const auto manifest = readManifest(manifestOf(path));
    if (!manifest)
        return looked;
    for (const protocol::ManifestGap &each : manifest->gaps)
        looked.gaps.append({each.from, each.to, each.reason, {}});
    if (facts->stamp)
        looked.from += correctionOf(*manifest, *facts->stamp);
    return looked;
}

void FolderSource::Private::keep(File &file, const Looked &looked, bool manifest)
{
    file.state = looked.state;
    file.known = looked.known;
    file.open = looked.open;
    file.fault = looked.fault;
    file.size = looked.size;
    file.lookedAt = clock.now();
    if (manifest) {
        file.manifestRead = true;
        file.gaps = looked.gaps;
    }
    file.from = looked.from;
    if (looked.state == File::State::Read)
        file.to = looked.from + looked.duration;
}

std::vector<FilePtr> FolderSource::Private::filesIn(const RecordingLane &lane, UtcTime from, UtcTime to) const
{
    std::vector<FilePtr> out;
    const auto found = lanes.find(lane);
    if (found == lanes.end())
        return out;
    const std::vector<FilePtr> &all = found->second.known;
    auto each = std::lower_bound(all.begin(), all.end(), from - kLongest, [](const FilePtr &file, UtcTime time) { return file->from < time; });
    for (; each != all.end() && (*each)->from < to; ++each) {
        if ((*each)->to > from)
            out.push_back(*each);
    }
    return out;
}

/// What grows is looked at again.
bool FolderSource::Private::wantsLook(const File &file, bool manifest) const
{
    if (file.state == File::State::Unread || (manifest && !file.manifestRead && !file.open && file.name.ours && file.state == File::State::Read))
        return true;
    return file.open && clock.now() - file.lookedAt >= std::chrono::seconds{1};
}

Result<bool> FolderSource::Private::lookInto(const RecordingLane &lane, const std::vector<FilePtr> &wanted, bool manifests, std::optional<milliseconds> most, const std::stop_token &stop)
{
    const SystemClock real; // work, not waiting
    const MonoTime end = real.now() + most.value_or(std::chrono::hours{1});
    bool all = true;
    bool changed = false;
    for (const FilePtr &file : wanted) {
        {
            const std::lock_guard lock(mutex);
            if (!wantsLook(*file, manifests))
                continue;
        }
        if (real.now() >= end) {
            all = false;
            break;
        }
        const auto looked = look(*file, manifests, stop);
        if (!looked)
            return fail(looked.error());
        const std::lock_guard lock(mutex);
        keep(*file, *looked, manifests);
        changed = true;
    }
    if (changed) {
        const std::lock_guard lock(mutex);
        if (const auto found = lanes.find(lane); found != lanes.end())
            arrange(found->second);
    }
    return all;
}

Piece FolderSource::Private::pieceOf(const File &file) const
{
    Piece piece;
    piece.id = file.path;
    piece.from = file.from;
    piece.to = file.to;
    piece.known = file.known;
    piece.open = file.open;
    piece.fault = file.fault;
    if (file.state == File::State::Broken)
        piece.custody = protocol::Custody::Lost;
    return piece;
}

FolderSource::FolderSource(QString path, const Clock &clock, QTimeZone zone) : d(std::make_unique<Private>(std::move(path), clock, std::move(zone))) {}
FolderSource::~FolderSource() = default;

QString FolderSource::name() const
{
    return QStringLiteral("folder ") + d->root;
}

Result<QList<LaneExtent>> FolderSource::lanes(std::stop_token stop)
{
    if (const Status listed = d->list(stop); !listed)
        return fail(listed.error());
    // The ends of the lanes are looked into, so that they are true.
    std::map<RecordingLane, std::vector<FilePtr>> ends;
    {
        const std::lock_guard lock(d->mutex);
        for (const auto &[lane, files] : d->lanes) {
            if (!files.known.empty())
                ends[lane] = {files.known.front(), files.known.back()};
        }
    }
    for (const auto &[lane, files] : ends) {
        if (const auto looked = d->lookInto(lane, files, false, {}, stop); !looked)
            return fail(looked.error());
    }
    QList<LaneExtent> out;
    const std::lock_guard lock(d->mutex);
    for (const auto &[lane, files] : d->lanes) {
        LaneExtent extent{lane, {}, {}, {}, static_cast<int>(files.unknown.size())};
        if (!files.known.empty()) {
            extent.first = files.known.front()->from;
            extent.last = files.known.back()->to;
        }
        out.append(extent);
    }
    return out;
}

Result<Account> FolderSource::account(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop)
{
    if (const Status listed = d->list(stop); !listed)
        return fail(listed.error());
    std::vector<FilePtr> files;
    {
        const std::lock_guard lock(d->mutex);
        if (!d->lanes.contains(lane))
            return fail(ErrorKind::NotFound, QStringLiteral("%1 holds nothing of %2/%3").arg(d->root, lane.camera, lane.stream));
        files = d->filesIn(lane, from, to);
    }
    const bool manifests = files.size() <= kManifestsAtOnce;
    const auto all = d->lookInto(lane, files, manifests, kLookAtOnce, stop);
    if (!all)
        return fail(all.error());
    Account account;
    account.settling = !*all;
    const std::lock_guard lock(d->mutex);
    const std::vector<FilePtr> &known = d->lanes[lane].known;
    QList<Piece> pieces;
    QList<protocol::CoverageSpan> gaps;
    for (const FilePtr &each : d->filesIn(lane, from, to)) {
        pieces.append(d->pieceOf(*each));
        gaps += each->gaps;
    }
    // The gap behind the last one belongs to the file that comes after it.
    const auto after = std::lower_bound(known.begin(), known.end(), to, [](const FilePtr &file, UtcTime time) { return file->from < time; });
    if (after != known.end())
        gaps += (*after)->gaps;
    const UtcTime first = known.empty() ? to : known.front()->from;
    const UtcTime last = after != known.end() ? to : pieces.isEmpty() ? from : std::max_element(pieces.begin(), pieces.end(), [](const Piece &a, const Piece &b) { return a.to < b.to; })->to;
    account.spans = spansOf(pieces, gaps, std::max(first, from), std::min(last, to));
    return account;
}

Result<QList<Piece>> FolderSource::pieces(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop)
{
    if (const Status listed = d->list(stop); !listed)
        return fail(listed.error());
    std::vector<FilePtr> files;
    {
        const std::lock_guard lock(d->mutex);
        files = d->filesIn(lane, from, to);
    }
    if (const auto looked = d->lookInto(lane, files, false, {}, stop); !looked)
        return fail(looked.error());
    QList<Piece> out;
    const std::lock_guard lock(d->mutex);
    for (const FilePtr &each : d->filesIn(lane, from, to))
        out.append(d->pieceOf(*each));
    return out;
}

Result<QList<Piece>> FolderSource::unknownPieces(const RecordingLane &lane, std::stop_token stop)
{
    if (const Status listed = d->list(stop); !listed)
        return fail(listed.error());
    std::vector<FilePtr> files;
    {
        const std::lock_guard lock(d->mutex);
        files = d->lanes[lane].unknown;
    }
    if (const auto looked = d->lookInto(lane, files, false, {}, stop); !looked)
        return fail(looked.error());
    QList<Piece> out;
    const std::lock_guard lock(d->mutex);
    for (const FilePtr &each : d->lanes[lane].unknown)
        out.append(d->pieceOf(*each));
    return out;
}

Result<std::unique_ptr<SegmentReader>> FolderSource::open(const RecordingLane &, const Piece &piece, std::stop_token stop)
{
    const FilePtr file = [this, &piece] {
        const std::lock_guard lock(d->mutex);
        return d->files.value(piece.id);
    }();
    if (!file)
        return fail(ErrorKind::NotFound, QStringLiteral("%1/%2 is no longer there").arg(d->root, piece.id));
    const QString path = d->full(*file);
    auto bytes = media::FileBytes::open(path);
    if (!bytes)
        return fail(bytes.error());
    SegmentClaim claim;
    claim.name = path;
    claim.from = file->name.from.value_or(piece.from);
    claim.known = piece.known;
    claim.by = file->name.from ? QStringLiteral("the file's name") : QString();
    if (const auto manifest = readManifest(manifestOf(path))) {
        claim.from = manifest->from;
        claim.by = QStringLiteral("the manifest");
        claim.clockRuns = manifest->clockRuns;
    } else if (!file->name.zoned) {
        claim.from = piece.from; // a local time has been found out by now
    }
    return FileSegmentReader::open(std::move(*bytes), std::move(claim), stop);
}

} // namespace vedette::recordings
