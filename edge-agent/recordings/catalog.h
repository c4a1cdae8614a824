// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/bounded_queue.h"
#include "core/base/pulse.h"
#include "core/base/result.h"
#include "core/protocol/manifest.h"
#include "core/protocol/protection.h"
#include "edge-agent/recordings/catalog_repair.h"
#include "edge-agent/recordings/ledger.h"
#include "edge-agent/recordings/recording_figures.h"
#include "edge-agent/recordings/retention.h"
#include "edge-agent/recordings/segment_disk.h"

#include <functional>
#include <memory>

namespace vedette::agent {

struct CatalogConfig {
    QString folder;               ///< of the recordings; made when missing. The catalog lies in it, as catalog.db
    QList<RecordingLane> lanes;   ///< what is recorded from now on
    QString bootId;               ///< of the machine's boot: another one without a clean stop is a power loss
    std::function<LedgerTime()> now; ///< of the clock that stamps pictures; called on any thread
    SegmentRecovery recover;
    RetentionRules retention;
    FreeSpace freeSpace = &agent::freeSpace;
    SegmentDisk *disk = &linuxSegmentDisk(); ///< for manifests; outlives the catalog
    /// What the times of runs of unknown time mean, of those for which that is known now; called on the catalog's thread.
    std::function<QList<protocol::ClockRun>()> clockRuns = nullptr;
};

/// The catalog of what is recorded, and the account of every second. One Worker owns the database: recorders and readers
/// only enqueue, so that none waits for a disk. What recorders tell is written in order, each batch in one transaction;
/// while the disk refuses it waits in memory, at most kMostWaiting, and beyond that the oldest are dropped and counted (the
/// next start finds the files). The manifest of a finished segment lies beside it before its row is committed. Every minute
/// the database notes that the agent lives, and every ten seconds the rules of retention are enforced and files that a disk
/// error tore are mended; manifests that are missing are made in between. A folder that was removed and made again, or
/// another disk in its place, is taken over with what is known. Made and stopped on the main thread, all else on any.
class Catalog final : public RecorderSink {
public:
    static constexpr std::size_t kMostWaiting = 1024;
    static constexpr std::size_t kMostQuestions = 128; ///< above, readers get no answer
    static constexpr auto kFileName = "catalog.db";
    static constexpr auto kLockName = "catalog.lock";
    /// A catalog that breaks takes its protections along: the files do not say what is protected. So they lie beside it as well.
    static constexpr auto kProtectionsName = "protections.json";

    /// Locks the folder, opens the database and repairs it against the files, before anything is recorded. Unavailable when
    /// another process uses the folder; Denied or Unavailable for file errors.
    static Result<std::unique_ptr<Catalog>> open(CatalogConfig config);
    /// Stops.
    ~Catalog() override;
    /// Writes what waits and notes that the agent stopped on purpose. Recorders have been stopped before. Idempotent.
    void stop();

    void segmentOpened(const RecordedSegment &segment) override;
    void segmentProgressed(const RecordedSegment &segment) override;
    void segmentFinished(const RecordedSegment &segment, bool complete) override;
    void gapBegan(const RecordingLane &lane, UtcTime from, protocol::GapReason reason) override;

    template <typename Value>
    using Answer = std::function<void(Result<Value>)>; ///< called on the catalog's thread; never when too much waits or at the end
    void coverage(const RecordingLane &lane, UtcTime from, UtcTime to, Answer<protocol::Coverage> answer);
    /// after: the id to go on behind; empty: from the beginning. Without range also those of unknown time.
    void recordings(const RecordingLane &lane, std::optional<UtcTime> from, std::optional<UtcTime> to, const QString &after, int limit,
                    Answer<protocol::RecordingPage> answer);
    /// The row, and of an open segment how much of it is whole fragments. NotFound for a name that no segment has.
    void segment(const protocol::SegmentName &name, Answer<protocol::Recording> answer);
    /// What was made, with ids; stream empty: of all that were ever recorded of the camera. NotFound where none was.
    void protect(const protocol::Protection &protection, Answer<QList<protocol::Protection>> answer);
    /// What it was.
    void unprotect(std::int64_t id, Answer<protocol::Protection> answer);
    /// That have not expired; camera: empty for all.
    void protections(const QString &camera, Answer<QList<protocol::Protection>> answer);

    const QString &folder() const;
    /// What the start found.
    const RepairReport &repaired() const;
    /// Files that rules of retention removed.
    std::uint64_t expired() const;
    RecordingFigures figures() const;
    /// What recorders told, and how much of it was lost.
    QueueCount told() const;
    const Pulse &pulse() const;

private:
    Catalog();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::agent
