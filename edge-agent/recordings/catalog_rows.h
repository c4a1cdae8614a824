// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/protocol/coverage.h"
#include "core/protocol/recording.h"
#include "core/store/database.h"
#include "edge-agent/recordings/recorder_sink.h"

#include <functional>
#include <optional>

namespace vedette::agent {

/// A camera's stream in the catalog. Value type.
struct LaneRow {
    std::int64_t number = 0;
    RecordingLane lane;
    std::optional<UtcTime> since; ///< the first known time of which an account is owed
    std::optional<UtcTime> until; ///< when it was taken out of the settings
};

/// Why there is no recording from here on; to is empty while it lasts.
struct GapRow {
    UtcTime from{};
    std::optional<UtcTime> to;
    protocol::GapReason reason = protocol::GapReason::Unknown;
};

/// What is asked for of one lane; rows of unknown time lie in no range.
struct RecordingQuery {
    std::int64_t lane = 0;
    UtcTime from = utcFromMicros(0); ///< overlapping [from, to); an open one, whose end its recorder knows, by its beginning
    UtcTime to = UtcTime::max();
    std::optional<protocol::SegmentName> after; ///< in the order of the answer: by time, then those of unknown time
    bool unknownToo = false;
    int limit = 0;
};

/// The tables of the catalog: lanes, segments, gaps and condemned files. Statements only; what they mean is the Ledger's.
/// Two unique indexes keep a lane from having two segments of known time open, or two gaps. Thread-bound, like its database.
class CatalogRows {
public:
    /// A corrupt file is set aside and a new one made.
    static Result<CatalogRows> open(const QString &path);
    store::Database &database() { return m_database; }

    Result<std::optional<QString>> fact(const QString &key);
    Status setFact(const QString &key, const QString &value);

    Result<QList<LaneRow>> lanes();
    Result<std::optional<LaneRow>> lane(const RecordingLane &lane);
    Result<LaneRow> makeLane(const RecordingLane &lane);
    Status setLaneTimes(const LaneRow &lane);

    /// A name that is there already is taken over. complete: needs no recovery at the next start.
    Status putSegment(std::int64_t lane, const protocol::Recording &segment, bool complete);
    /// A second belongs to one segment: what earlier ones of other runs say of [from, to) of this one is theirs no more. Their
    /// files stay as they are.
    Status claimTime(std::int64_t lane, const protocol::Recording &segment);
    Status removeSegment(const protocol::SegmentName &name);
    Result<std::optional<protocol::Recording>> segment(const QString &id);
    /// Of known time; at most one.
    Result<std::optional<protocol::Recording>> openSegment(std::int64_t lane);
    Result<QList<protocol::Recording>> segments(const RecordingQuery &query);
    /// Those whose file needs recovery.
    Result<QList<protocol::Recording>> incompleteSegments();
    /// Those whose file should be here, by id; until each returns false.
    Status eachHere(const std::function<bool(protocol::Recording)> &each);
    /// The beginning of the oldest of known time whose file should be here.
    Result<std::optional<UtcTime>> oldestHere(std::int64_t lane);
    /// Bytes of media files that should be here.
    Result<std::int64_t> bytesHere();

    Status addGap(std::int64_t lane, const GapRow &gap);
    Result<std::optional<GapRow>> openGap(std::int64_t lane);
    /// At or before its beginning: it never was.
    Status closeGap(std::int64_t lane, UtcTime to);
    /// Gaps that overlap [from, to), in order; open ones have no end.
    Result<QList<GapRow>> gaps(std::int64_t lane, UtcTime from, UtcTime to, int limit);
    /// Where what is closed ends: of segments of known time and gaps.
    Result<std::optional<UtcTime>> endOf(std::int64_t lane);

    /// A file that shall go, or is gone: its path below the recordings folder.
    Status condemn(const QString &path);
    Result<QStringList> condemned();
    Status forget(const QString &path);

private:
    explicit CatalogRows(store::Database database) : m_database(std::move(database)) {}
    Result<QList<protocol::Recording>> read(store::Statement &query);
    Status appendUnknown(const RecordingQuery &query, QList<protocol::Recording> &out);

    store::Database m_database;
};

} // namespace vedette::agent
