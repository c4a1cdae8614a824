// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_repair.h"

#include "edge-agent/recordings/catalog_check.h"
#include "edge-agent/recordings/ledger.h"

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
        for (const auto step : {&Repair::finishIncomplete, &Repair::findLost, &Repair::adoptFiles}) {
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
        const auto recovered = m_recover(fileOf(row.name), row.name);
        if (!recovered) {
            notice(m_report.unreadable, row.name.path());
            row.state = RecordingState::Finished;
            return update(row, false); // tried again at the next start
        }
        if (recovered->frames == 0)
            return drop(row.name);
        ++m_report.recovered;
        return put(*recovered);
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
            const auto recovered = m_recover(fileOf(*name), *name);
            if (!recovered) {
                notice(m_report.unreadable, path);
                continue;
            }
            const bool empty = recovered->frames == 0;
            if (const Status done = empty ? m_rows.condemn(path) : put(*recovered); !done)
                return done;
            m_report.adopted += empty ? 0 : 1;
        }
        return {};
    }

    CatalogRows &m_rows;
    const QString m_folder;
    const SegmentRecovery &m_recover;
    const QSet<QString> m_inUse;
    QSet<QString> m_files; ///< paths below the folder that no row was found for yet
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
        if (const Status forgotten = rows.forget(path); !forgotten)
            return fail(forgotten.error());
    }
    return static_cast<int>(condemned->size());
}

} // namespace vedette::agent
