// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_repair.h"

#include "edge-agent/recordings/catalog_check.h"
#include "edge-agent/recordings/ledger.h"
#include "edge-agent/recordings/manifest_file.h"
#include "edge-agent/recordings/manifest_rows.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace vedette::agent {
namespace {

using protocol::Recording;
using protocol::RecordingState;
using protocol::SegmentName;

constexpr int kMostExamples = 5;

Error fileError(const QString &path, const char *action)
{
    const bool denied = errno == EACCES || errno == EPERM || errno == EROFS;
    return {denied ? ErrorKind::Denied : ErrorKind::Unavailable,
            QStringLiteral("%1 cannot be %2: %3").arg(path, QLatin1String(action), QString::fromLocal8Bit(std::strerror(errno))), nullptr};
}

/// A removed name is gone for good only when its directory is on the disk.
Status removeFile(const QString &file)
{
    const QByteArray path = QFile::encodeName(file);
    if (::unlink(path.constData()) != 0 && errno != ENOENT)
        return fail(fileError(file, "removed"));
    const int directory = ::open(QFile::encodeName(QFileInfo(file).path()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return errno == ENOENT ? Status() : fail(fileError(file, "removed"));
    const int synced = ::fsync(directory);
    ::close(directory);
    return synced == 0 ? Status() : fail(fileError(QFileInfo(file).path(), "synced"));
}

/// One comparison of rows and files, in one transaction of its caller's.
class Repair {
public:
    Repair(CatalogRows &rows, QString folder, const SegmentRecovery &recover, QSet<QString> inUse)
        : m_rows(rows), m_folder(std::move(folder)), m_recover(recover), m_inUse(std::move(inUse))
    {
    }

    Result<RepairReport> runOne(const Recording &row)
    {
        const Status done = finish(row);
        return done ? Result<RepairReport>(m_report) : fail(done.error());
    }

    Result<RepairReport> run()
    {
        m_files = filesBelow(m_folder);
        sortManifests();
        for (const auto step : {&Repair::finishIncomplete, &Repair::findLost, &Repair::adoptFiles, &Repair::adoptManifests}) {
            if (const Status done = (this->*step)(); !done)
                return fail(done.error());
        }
        return m_report;
    }

private:
    QString fileOf(const SegmentName &name) const { return m_folder + u'/' + name.path(); }

    void notice(int &counter, const QString &path)
    {
        ++counter;
        if (m_report.examples.size() < kMostExamples)
            m_report.examples.append(path);
    }

    Status put(const RecordedSegment &segment)
    {
        auto lane = m_rows.makeLane({segment.name.camera, segment.name.stream});
        if (!lane)
            return fail(lane.error());
        if (segment.name.start && (!lane->since || segment.from < *lane->since)) {
            lane->since = segment.from;
            if (const Status set = m_rows.setLaneTimes(*lane); !set)
                return set;
        }
        return m_rows.putSegment(lane->number, toRecording(segment, RecordingState::Finished), true);
    }

    void sortManifests()
    {
        for (auto each = m_files.begin(); each != m_files.end();) {
            const bool unfinished = isUnfinishedManifest(*each);
            if (unfinished)
                m_unfinished.append(*each);
            const auto name = unfinished ? fail(ErrorKind::NotFound, {}) : protocol::parseManifestPath(*each);
            if (name)
                m_manifests.insert(name->id());
            each = unfinished || name ? m_files.erase(each) : std::next(each);
        }
    }

    /// Takes what lies beside a file, as far as it is one, for the hashes that the row knows.
    Status take(const SegmentName &name, const StoredManifest &stored)
    {
        return ManifestRows(m_rows).set({stored.manifest.number, name.id(), stored.sha256}, fragmentsRoot(stored.manifest.fragments));
    }

    /// The segment by its manifest, where the file has the length that this one says; otherwise by recovery.
    Result<RecordedSegment> read(const SegmentName &name, std::optional<StoredManifest> &stored)
    {
        if (auto there = readManifest(m_folder, name))
            stored = std::move(*there);
        else if (there.error().kind != ErrorKind::NotFound)
            notice(m_report.unreadable, name.manifestPath());
        return stored && QFileInfo(fileOf(name)).size() == stored->manifest.bytes ? segmentOf(stored->manifest) : m_recover(fileOf(name), name);
    }

    /// Gaps that nobody knows of, as in a catalog that is made again.
    Status remember(const protocol::Manifest &manifest)
    {
        auto lane = m_rows.makeLane({manifest.name.camera, manifest.name.stream});
        for (const protocol::ManifestGap &gap : manifest.gaps) {
            const auto known = lane ? m_rows.gaps(lane->number, gap.from, gap.to, 1) : fail(lane.error());
            if (!known)
                return fail(known.error());
            if (!known->isEmpty())
                continue;
            if (const Status added = m_rows.addGap(lane->number, {gap.from, gap.to, gap.reason}); !added)
                return added;
            if (!lane->since || gap.from < *lane->since) {
                lane->since = gap.from;
                if (const Status set = m_rows.setLaneTimes(*lane); !set)
                    return set;
            }
        }
        return {};
    }

    /// Without a picture in it, it is no loss.
    Status drop(const SegmentName &name)
    {
        if (const Status removed = m_rows.removeSegment(name); !removed)
            return removed;
        return m_rows.condemn(name.path());
    }

    Status update(Recording recording, bool complete)
    {
        const auto lane = m_rows.makeLane({recording.name.camera, recording.name.stream});
        return lane ? m_rows.putSegment(lane->number, recording, complete) : fail(lane.error());
    }

    Status lose(Recording recording)
    {
        recording.state = recording.custody == protocol::Custody::Stored ? RecordingState::Expired : RecordingState::Finished;
        if (recording.custody != protocol::Custody::Stored)
            recording.custody = protocol::Custody::Lost;
        ++m_report.lost;
        return update(recording, true);
    }

    Status finishIncomplete()
    {
        const auto incomplete = m_rows.incompleteSegments();
        if (!incomplete)
            return fail(incomplete.error());
        for (const Recording &each : *incomplete) {
            if (m_inUse.contains(each.name.id()))
                continue;
            if (const Status done = finish(each); !done)
                return done;
        }
        return {};
    }

    Status finish(Recording row)
    {
        if (!QFileInfo::exists(fileOf(row.name)))
            return row.frames == 0 ? m_rows.removeSegment(row.name) : lose(row); // the crash came before the first fragment
        std::optional<StoredManifest> stored;
        const auto recovered = read(row.name, stored);
        if (!recovered) {
            notice(m_report.unreadable, row.name.path());
            row.state = RecordingState::Finished;
            return update(row, false); // tried again at the next start
        }
        if (recovered->frames == 0)
            return drop(row.name);
        ++m_report.recovered;
        const Status done = put(*recovered);
        return done && stored ? take(row.name, *stored) : done;
    }

    Status findLost()
    {
        QList<Recording> lost;
        const Status read = m_rows.eachHere([&](Recording row) {
            if (!m_files.remove(row.name.path()) && !m_inUse.contains(row.name.id()))
                lost.append(std::move(row));
            return true;
        });
        if (!read)
            return read;
        for (const Recording &row : lost) {
            if (const Status done = lose(row); !done)
                return done;
        }
        return {};
    }

    /// What is left belongs to no row.
    Status adoptFiles()
    {
        const auto condemned = m_rows.condemned();
        if (!condemned)
            return fail(condemned.error());
        for (const QString &path : *condemned)
            m_files.remove(path);
        QStringList left(m_files.begin(), m_files.end());
        left.sort(); // so that rows are numbered in order of time
        for (const QString &path : std::as_const(left)) {
            const auto name = protocol::parseSegmentPath(path);
            if (!name) {
                notice(m_report.foreign, path);
                continue;
            }
            if (m_inUse.contains(name->id()))
                continue;
            std::optional<StoredManifest> stored;
            const auto recovered = read(*name, stored);
            if (!recovered) {
                notice(m_report.unreadable, path);
                continue;
            }
            const bool empty = recovered->frames == 0;
            Status done = empty ? m_rows.condemn(path) : put(*recovered);
            if (done && stored && !empty)
                done = take(*name, *stored);
            if (done && stored)
                done = remember(stored->manifest);
            if (!done)
                return done;
            m_report.adopted += empty ? 0 : 1;
        }
        return {};
    }

    /// Manifests that no row knows: of a row that has none yet, or of media that is gone.
    Status adoptManifests()
    {
        const Status read = ManifestRows(m_rows).each([this](std::int64_t, const protocol::ManifestLink &link, bool) {
            m_manifests.remove(link.id);
            return true;
        });
        if (!read)
            return read;
        for (const QString &path : std::as_const(m_unfinished)) {
            if (const Status done = m_rows.condemn(path); !done)
                return done;
        }
        const auto condemned = m_rows.condemned();
        if (!condemned)
            return fail(condemned.error());
        QStringList left(m_manifests.begin(), m_manifests.end());
        left.sort();
        for (const QString &id : std::as_const(left)) {
            const auto name = protocol::parseSegmentId(id);
            if (!name || m_inUse.contains(id) || condemned->contains(name->manifestPath()))
                continue;
            if (const Status done = adoptManifest(*name); !done)
                return done;
        }
        return {};
    }

    Result<std::optional<UtcTime>> oldestHere(std::int64_t lane)
    {
        if (!m_oldest.contains(lane)) {
            const auto oldest = m_rows.oldestHere(lane);
            if (!oldest)
                return oldest;
            m_oldest.insert(lane, *oldest);
        }
        return m_oldest.value(lane);
    }

    Status adoptManifest(const SegmentName &name)
    {
        const auto stored = readManifest(m_folder, name);
        const auto row = m_rows.segment(name.id());
        if (!row)
            return fail(row.error());
        if (!stored) {
            notice(m_report.unreadable, name.manifestPath());
            return {};
        }
        if (!*row) {
            const auto lane = m_rows.makeLane({name.camera, name.stream});
            const auto oldest = lane ? oldestHere(lane->number) : fail(lane.error());
            if (!oldest)
                return fail(oldest.error());
            const RecordedSegment segment = segmentOf(stored->manifest);
            if (const Status done = put(segment); !done)
                return done;
            Recording gone = toRecording(segment, RecordingState::Finished);
            gone.custody = protocol::Custody::Lost;
            if (!*oldest || segment.from < **oldest) {
                gone.state = RecordingState::Expired;
                gone.custody = protocol::Custody::Expired;
            }
            if (const Status done = m_rows.putSegment(lane->number, gone, true); !done)
                return done;
            ++m_report.remembered;
        }
        const Status done = take(name, *stored);
        return done ? remember(stored->manifest) : done;
    }

    static RecordedSegment segmentOf(const protocol::Manifest &manifest)
    {
        const auto codec = manifest.codec == QLatin1String("h265") ? media::Codec::H265 : media::Codec::H264;
        return {manifest.name, manifest.from, manifest.to, codec, manifest.width, manifest.height, manifest.sound,
                static_cast<std::uint64_t>(manifest.bytes), static_cast<std::uint64_t>(manifest.frames()), nullptr};
    }

    CatalogRows &m_rows;
    const QString m_folder;
    const SegmentRecovery &m_recover;
    const QSet<QString> m_inUse;
    QSet<QString> m_files; ///< paths below the folder that no row was found for yet
    QSet<QString> m_manifests; ///< ids of segments that have one, which no row was found for yet
    QStringList m_unfinished;  ///< paths of manifests that a crash left
    QHash<qint64, std::optional<UtcTime>> m_oldest; ///< media here, by lane
    RepairReport m_report;
};

} // namespace

Result<RepairReport> repairCatalog(CatalogRows &rows, const QString &folder, const SegmentRecovery &recover, const QSet<QString> &inUse)
{
    Result<RepairReport> report = fail(ErrorKind::Internal, QString());
    {
        auto transaction = store::Transaction::begin(rows.database());
        if (!transaction)
            return fail(transaction.error());
        report = Repair(rows, QDir(folder).absolutePath(), recover, inUse).run();
        if (!report)
            return report;
        if (const Status done = transaction->commit(); !done)
            return fail(done.error());
    }
    const auto removed = removeCondemned(rows, folder);
    if (!removed)
        return fail(removed.error());
    report->removed = *removed;
    return report;
}

Result<bool> repairSegment(CatalogRows &rows, const QString &folder, const SegmentRecovery &recover, const SegmentName &name)
{
    const auto row = rows.segment(name.id());
    if (!row)
        return fail(row.error());
    if (!*row)
        return true;
    auto transaction = store::Transaction::begin(rows.database());
    if (!transaction)
        return fail(transaction.error());
    const auto report = Repair(rows, QDir(folder).absolutePath(), recover, {}).runOne(**row);
    if (!report)
        return fail(report.error());
    if (const Status done = transaction->commit(); !done)
        return fail(done.error());
    return report->unreadable == 0;
}

Result<int> removeCondemned(CatalogRows &rows, const QString &folder)
{
    const auto condemned = rows.condemned();
    if (!condemned)
        return fail(condemned.error());
    for (const QString &path : *condemned) {
        if (const Status removed = removeFile(folder + u'/' + path); !removed)
            return fail(removed.error());
        if (protocol::parseManifestPath(path)) // what lay longest in its folder
            ::rmdir(QFile::encodeName(QFileInfo(folder + u'/' + path).path()).constData());
        if (const Status forgotten = rows.forget(path); !forgotten)
            return fail(forgotten.error());
    }
    return static_cast<int>(condemned->size());
}

} // namespace vedette::agent
