// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_rows.h"

#include <algorithm>
#include <array>
#include <string>

namespace vedette::agent {
namespace {

using protocol::Recording;
using protocol::RecordingState;

// Words, not numbers, where a person reads the file with another program after the fact. longest_us bounds how far before a
// span a segment can begin that reaches into it; at first twice the longest that the settings allow.
constexpr std::array<std::string_view, 3> kMigrations{R"(
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lanes (
    number INTEGER PRIMARY KEY,
    camera TEXT NOT NULL,
    stream TEXT NOT NULL,
    since_us INTEGER,
    until_us INTEGER,
    longest_us INTEGER NOT NULL DEFAULT 7200000000,
    UNIQUE (camera, stream)
);
CREATE TABLE segments (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    lane INTEGER NOT NULL REFERENCES lanes (number),
    from_us INTEGER NOT NULL,
    to_us INTEGER NOT NULL,
    time_known INTEGER NOT NULL,
    state TEXT NOT NULL,
    complete INTEGER NOT NULL,
    custody TEXT NOT NULL,
    codec TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    sound INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    run INTEGER NOT NULL,
    expired_by TEXT,
    manifest_sha256 BLOB
);
CREATE INDEX segments_by_time ON segments (lane, from_us, number) WHERE time_known = 1;
CREATE INDEX segments_of_unknown_time ON segments (lane, number) WHERE time_known = 0;
CREATE INDEX segments_incomplete ON segments (number) WHERE complete = 0;
CREATE INDEX segments_here ON segments (id, bytes) WHERE state <> 'expired' AND custody <> 'lost';
CREATE INDEX segments_to_expire ON segments (time_known, from_us, number) WHERE state = 'finished' AND complete = 1 AND custody <> 'lost';
CREATE INDEX segments_to_expire_first ON segments (from_us, number) WHERE state = 'finished' AND complete = 1 AND custody = 'stored';
CREATE UNIQUE INDEX segments_open ON segments (lane) WHERE state = 'open' AND time_known = 1;
CREATE TABLE gaps (
    number INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL REFERENCES lanes (number),
    from_us INTEGER NOT NULL,
    to_us INTEGER,
    reason TEXT NOT NULL
);
CREATE INDEX gaps_by_time ON gaps (lane, from_us);
CREATE UNIQUE INDEX gaps_open ON gaps (lane) WHERE to_us IS NULL;
CREATE TABLE condemned (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE protections (
    number INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL REFERENCES lanes (number),
    from_us INTEGER NOT NULL,
    to_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    expires_us INTEGER
);
CREATE INDEX protections_by_time ON protections (lane, from_us);
)",
                                                      R"(
ALTER TABLE segments ADD COLUMN merkle_root BLOB;
ALTER TABLE segments ADD COLUMN manifest_number INTEGER;
ALTER TABLE segments ADD COLUMN manifest_gone INTEGER NOT NULL DEFAULT 0;
CREATE INDEX segments_by_manifest ON segments (lane, manifest_number) WHERE manifest_number IS NOT NULL;
CREATE INDEX segments_without_manifest ON segments (number)
    WHERE manifest_number IS NULL AND state = 'finished' AND complete = 1 AND custody <> 'lost';
CREATE INDEX segments_manifest_to_go ON segments (to_us)
    WHERE manifest_number IS NOT NULL AND manifest_gone = 0 AND time_known = 1 AND (state = 'expired' OR custody = 'lost');
)",
                                                      R"(
CREATE TABLE clock_runs (run INTEGER PRIMARY KEY, offset_us INTEGER NOT NULL, uncertainty_us INTEGER NOT NULL);
CREATE TABLE renames (old_id TEXT PRIMARY KEY, id TEXT NOT NULL, done INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX renames_open ON renames (done) WHERE done = 0;
)"};

constexpr auto kSegmentColumns = "SELECT id, from_us, to_us, state, custody, codec, width, height, sound, bytes, frames, run, merkle_root, manifest_sha256, expired_by FROM segments ";

std::string selectSegments(std::string_view rest)
{
    return std::string(kSegmentColumns).append(rest);
}

std::optional<UtcTime> timeIn(const store::Statement &row, int column)
{
    return row.isNull(column) ? std::nullopt : std::optional(utcFromMicros(row.integer(column)));
}

void bindTime(store::Statement &statement, int parameter, const std::optional<UtcTime> &time)
{
    if (time)
        statement.bind(parameter, std::int64_t{toMicros(*time)});
    else
        statement.bindNull(parameter);
}

std::optional<Digest> digestIn(const store::Statement &row, int column)
{
    return row.isNull(column) ? std::nullopt : digestFromHex(QString::fromLatin1(row.blob(column).toHex()));
}

Result<Recording> recordingIn(const store::Statement &row)
{
    const auto name = protocol::parseSegmentId(row.text(0));
    const auto state = protocol::recordingStateFromString(row.text(3));
    const auto custody = protocol::custodyFromString(row.text(4));
    if (!name || !state || !custody)
        return fail(ErrorKind::Corrupt, QStringLiteral("the catalog's row of segment \"%1\" is damaged").arg(row.text(0).left(80)));
    Recording recording{*name, utcFromMicros(row.integer(1)), utcFromMicros(row.integer(2)), *state, *custody, row.text(5),
                        static_cast<int>(row.integer(6)), static_cast<int>(row.integer(7)), row.integer(8) != 0,
                        row.integer(9), row.integer(10), digestIn(row, 12), digestIn(row, 13), row.text(14)};
    recording.name.run = static_cast<std::uint64_t>(row.integer(11)); // the plain name of a known time does not say it
    return recording;
}

LaneRow laneIn(const store::Statement &row)
{
    return {row.integer(0), {row.text(1), row.text(2)}, timeIn(row, 3), timeIn(row, 4)};
}

GapRow gapIn(const store::Statement &row)
{
    return {utcFromMicros(row.integer(0)), timeIn(row, 1),
            protocol::gapReasonFromString(row.text(2)).value_or(protocol::GapReason::Unknown)};
}

/// Every row by read, until it fails.
template <typename Value, typename Read>
Result<QList<Value>> all(store::Statement &query, Read read)
{
    return query.all<Value>([&]() -> Result<Value> { return read(query); });
}

template <typename Value>
Result<std::optional<Value>> first(Result<QList<Value>> rows)
{
    if (!rows)
        return fail(rows.error());
    return rows->isEmpty() ? std::nullopt : std::optional(rows->first());
}

} // namespace

Result<CatalogRows> CatalogRows::open(const QString &path)
{
    auto database = store::Database::open(path, kMigrations);
    if (!database)
        return fail(database.error());
    return CatalogRows(std::move(*database));
}

// ---- facts and lanes -----------------------------------------------------------------------------------------------

Result<std::optional<QString>> CatalogRows::fact(const QString &key)
{
    auto query = m_database.prepare("SELECT value FROM facts WHERE key = ?");
    if (!query)
        return fail(query.error());
    return first(all<QString>(query->bind(1, key), [](const store::Statement &row) { return row.text(0); }));
}

Status CatalogRows::setFact(const QString &key, const QString &value)
{
    auto insert = m_database.prepare("INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    if (!insert)
        return fail(insert.error());
    return insert->bind(1, key).bind(2, value).run();
}

Result<QList<LaneRow>> CatalogRows::lanes()
{
    auto query = m_database.prepare("SELECT number, camera, stream, since_us, until_us FROM lanes ORDER BY number");
    if (!query)
        return fail(query.error());
    return all<LaneRow>(*query, laneIn);
}

Result<std::optional<LaneRow>> CatalogRows::lane(const RecordingLane &lane)
{
    auto query = m_database.prepare("SELECT number, camera, stream, since_us, until_us FROM lanes WHERE camera = ? AND stream = ?");
    if (!query)
        return fail(query.error());
    return first(all<LaneRow>(query->bind(1, lane.camera).bind(2, lane.stream), laneIn));
}

Result<LaneRow> CatalogRows::makeLane(const RecordingLane &wanted)
{
    const auto known = lane(wanted);
    if (!known)
        return fail(known.error());
    if (*known)
        return **known;
    auto insert = m_database.prepare("INSERT INTO lanes (camera, stream) VALUES (?, ?) RETURNING number");
    if (!insert)
        return fail(insert.error());
    if (const auto row = insert->bind(1, wanted.camera).bind(2, wanted.stream).step(); !row)
        return fail(row.error());
    return LaneRow{insert->integer(0), wanted, {}, {}};
}

Status CatalogRows::setLaneTimes(const LaneRow &lane)
{
    auto update = m_database.prepare("UPDATE lanes SET since_us = ?, until_us = ? WHERE number = ?");
    if (!update)
        return fail(update.error());
    bindTime(*update, 1, lane.since);
    bindTime(*update, 2, lane.until);
    return update->bind(3, lane.number).run();
}

// ---- segments ------------------------------------------------------------------------------------------------------

Status CatalogRows::putSegment(std::int64_t lane, const Recording &segment, bool complete)
{
    auto insert = m_database.prepare(
        "INSERT INTO segments (id, lane, from_us, to_us, time_known, state, complete, custody, codec, width, height, sound, bytes, frames, run) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "from_us = excluded.from_us, to_us = excluded.to_us, state = excluded.state, complete = excluded.complete, custody = excluded.custody, "
        "codec = excluded.codec, width = excluded.width, height = excluded.height, sound = excluded.sound, bytes = excluded.bytes, "
        "frames = excluded.frames, run = excluded.run");
    if (!insert)
        return fail(insert.error());
    insert->bind(1, segment.name.id()).bind(2, lane).bind(3, std::int64_t{toMicros(segment.from)}).bind(4, std::int64_t{toMicros(segment.to)})
        .bind(5, std::int64_t{segment.name.start.has_value()}).bind(6, toString(segment.state)).bind(7, std::int64_t{complete})
        .bind(8, toString(segment.custody)).bind(9, segment.codec).bind(10, std::int64_t{segment.width}).bind(11, std::int64_t{segment.height})
        .bind(12, std::int64_t{segment.sound}).bind(13, segment.bytes).bind(14, segment.frames)
        .bind(15, static_cast<std::int64_t>(segment.name.run));
    if (const Status done = insert->run(); !done)
        return done;
    auto longest = m_database.prepare("UPDATE lanes SET longest_us = ?1 WHERE number = ?2 AND longest_us < ?1");
    if (!longest)
        return fail(longest.error());
    return longest->bind(1, std::int64_t{(segment.to - segment.from).count()}).bind(2, lane).run();
}

Status CatalogRows::claimTime(std::int64_t lane, const Recording &segment)
{
    auto cut = m_database.prepare(
        "UPDATE segments SET to_us = CASE WHEN from_us < ?3 THEN ?3 WHEN to_us <= ?4 THEN from_us ELSE to_us END, "
        "from_us = CASE WHEN from_us >= ?3 AND to_us > ?4 THEN ?4 ELSE from_us END "
        "WHERE lane = ?1 AND time_known = 1 AND state <> 'open' AND run <> ?2 AND from_us < ?4 AND to_us > ?3 "
        "AND from_us >= ?3 - (SELECT longest_us FROM lanes WHERE number = ?1)");
    if (!cut)
        return fail(cut.error());
    const std::int64_t from = toMicros(segment.from);
    return cut->bind(1, lane).bind(2, static_cast<std::int64_t>(segment.name.run)).bind(3, from)
        .bind(4, std::max(from + 1, std::int64_t{toMicros(segment.to)})).run();
}

Status CatalogRows::removeSegment(const protocol::SegmentName &name)
{
    auto remove = m_database.prepare("DELETE FROM segments WHERE id = ?");
    if (!remove)
        return fail(remove.error());
    return remove->bind(1, name.id()).run();
}

Result<QList<Recording>> CatalogRows::read(store::Statement &query)
{
    return query.all<Recording>([&] { return recordingIn(query); });
}

Result<std::optional<Recording>> CatalogRows::segment(const QString &id)
{
    auto query = m_database.prepare(selectSegments("WHERE id = ?"));
    if (!query)
        return fail(query.error());
    return first(read(query->bind(1, id)));
}

Result<std::optional<Recording>> CatalogRows::openSegment(std::int64_t lane)
{
    auto query = m_database.prepare(selectSegments("WHERE lane = ? AND state = 'open' AND time_known = 1"));
    if (!query)
        return fail(query.error());
    return first(read(query->bind(1, lane)));
}

Result<QList<Recording>> CatalogRows::segments(const RecordingQuery &query)
{
    QList<Recording> out;
    if (!query.after || query.after->start) {
        // Row values compare by from_us, then by number, as the index does; nothing after: before every row.
        auto known = m_database.prepare(selectSegments(
            "WHERE lane = ?1 AND time_known = 1 AND ?2 < ?3 AND from_us < ?3 AND (to_us > ?2 OR state = 'open') "
            "AND from_us > ?2 - (SELECT longest_us FROM lanes WHERE number = ?1) - 1 "
            "AND (from_us, number) > (coalesce((SELECT from_us FROM segments WHERE id = ?4), ?2 - (SELECT longest_us FROM lanes WHERE number = ?1) - 1), "
            "coalesce((SELECT number FROM segments WHERE id = ?4), 0)) "
            "ORDER BY from_us, number LIMIT ?5"));
        if (!known)
            return fail(known.error());
        known->bind(1, query.lane).bind(2, std::int64_t{toMicros(query.from)}).bind(3, std::int64_t{toMicros(query.to)});
        if (query.after)
            known->bind(4, query.after->id());
        auto rows = read(known->bind(5, std::int64_t{query.limit}));
        if (!rows)
            return fail(rows.error());
        out = std::move(*rows);
    }
    if (query.unknownToo && out.size() < query.limit) {
        if (const Status done = appendUnknown(query, out); !done)
            return fail(done.error());
    }
    return out;
}

Status CatalogRows::appendUnknown(const RecordingQuery &query, QList<Recording> &out)
{
    auto unknown = m_database.prepare(selectSegments("WHERE lane = ?1 AND time_known = 0 "
                                                     "AND number > coalesce((SELECT number FROM segments WHERE id = ?2 AND time_known = 0), 0) "
                                                     "ORDER BY number LIMIT ?3"));
    if (!unknown)
        return fail(unknown.error());
    unknown->bind(1, query.lane);
    if (query.after)
        unknown->bind(2, query.after->id());
    auto rows = read(unknown->bind(3, std::int64_t{query.limit - out.size()}));
    if (!rows)
        return fail(rows.error());
    out.append(std::move(*rows));
    return {};
}

Result<QList<Recording>> CatalogRows::incompleteSegments()
{
    auto query = m_database.prepare(selectSegments("WHERE complete = 0 ORDER BY number"));
    if (!query)
        return fail(query.error());
    return read(*query);
}

Status CatalogRows::eachHere(const std::function<bool(Recording)> &each)
{
    auto query = m_database.prepare(selectSegments("WHERE state <> 'expired' AND custody <> 'lost' ORDER BY id"));
    if (!query)
        return fail(query.error());
    return query->each([&]() -> Result<bool> {
        auto recording = recordingIn(*query);
        if (!recording)
            return fail(recording.error());
        return each(std::move(*recording));
    });
}

Result<std::optional<UtcTime>> CatalogRows::oldestHere(std::int64_t lane)
{
    auto query = m_database.prepare("SELECT from_us FROM segments WHERE lane = ? AND time_known = 1 AND state <> 'expired' AND custody <> 'lost' "
                                    "ORDER BY from_us LIMIT 1");
    if (!query)
        return fail(query.error());
    const auto row = query->bind(1, lane).step();
    if (!row)
        return fail(row.error());
    return *row ? timeIn(*query, 0) : std::nullopt;
}

Result<std::int64_t> CatalogRows::bytesHere()
{
    auto query = m_database.prepare("SELECT coalesce(sum(bytes), 0) FROM segments WHERE state <> 'expired' AND custody <> 'lost'");
    if (!query)
        return fail(query.error());
    if (const auto row = query->step(); !row)
        return fail(row.error());
    return query->integer(0);
}

// ---- gaps ----------------------------------------------------------------------------------------------------------

Status CatalogRows::addGap(std::int64_t lane, const GapRow &gap)
{
    if (gap.to && *gap.to <= gap.from)
        return {};
    auto insert = m_database.prepare("INSERT INTO gaps (lane, from_us, to_us, reason) VALUES (?, ?, ?, ?)");
    if (!insert)
        return fail(insert.error());
    insert->bind(1, lane).bind(2, std::int64_t{toMicros(gap.from)}).bind(4, toString(gap.reason));
    bindTime(*insert, 3, gap.to);
    return insert->run();
}

Result<std::optional<GapRow>> CatalogRows::openGap(std::int64_t lane)
{
    auto query = m_database.prepare("SELECT from_us, to_us, reason FROM gaps WHERE lane = ? AND to_us IS NULL");
    if (!query)
        return fail(query.error());
    return first(all<GapRow>(query->bind(1, lane), gapIn));
}

Status CatalogRows::closeGap(std::int64_t lane, UtcTime to)
{
    auto remove = m_database.prepare("DELETE FROM gaps WHERE lane = ? AND to_us IS NULL AND from_us >= ?");
    if (!remove)
        return fail(remove.error());
    if (const Status done = remove->bind(1, lane).bind(2, std::int64_t{toMicros(to)}).run(); !done)
        return done;
    auto update = m_database.prepare("UPDATE gaps SET to_us = ? WHERE lane = ? AND to_us IS NULL");
    if (!update)
        return fail(update.error());
    return update->bind(1, std::int64_t{toMicros(to)}).bind(2, lane).run();
}

Result<QList<GapRow>> CatalogRows::gaps(std::int64_t lane, UtcTime from, UtcTime to, int limit)
{
    // Gaps of a lane follow each other, so that only the last one that begins before can reach into the span.
    auto query = m_database.prepare("SELECT from_us, to_us, reason FROM gaps WHERE lane = ?1 AND from_us < ?3 AND (to_us IS NULL OR to_us > ?2) "
                                    "AND from_us >= coalesce((SELECT max(from_us) FROM gaps WHERE lane = ?1 AND from_us <= ?2), ?2) "
                                    "ORDER BY from_us LIMIT ?4");
    if (!query)
        return fail(query.error());
    query->bind(1, lane).bind(2, std::int64_t{toMicros(from)}).bind(3, std::int64_t{toMicros(to)}).bind(4, std::int64_t{limit});
    return all<GapRow>(*query, gapIn);
}

Result<std::optional<UtcTime>> CatalogRows::endOf(std::int64_t lane)
{
    auto query = m_database.prepare(
        "SELECT max(to_us) FROM ("
        "SELECT * FROM (SELECT to_us FROM segments WHERE lane = ?1 AND time_known = 1 AND state <> 'open' ORDER BY from_us DESC LIMIT 2) UNION ALL "
        "SELECT * FROM (SELECT to_us FROM gaps WHERE lane = ?1 AND to_us IS NOT NULL ORDER BY from_us DESC LIMIT 2))");
    if (!query)
        return fail(query.error());
    if (const auto row = query->bind(1, lane).step(); !row)
        return fail(row.error());
    return timeIn(*query, 0);
}

// ---- condemned files -----------------------------------------------------------------------------------------------

Status CatalogRows::condemn(const QString &path)
{
    auto insert = m_database.prepare("INSERT OR IGNORE INTO condemned (path) VALUES (?)");
    if (!insert)
        return fail(insert.error());
    return insert->bind(1, path).run();
}

Result<QStringList> CatalogRows::condemned()
{
    auto query = m_database.prepare("SELECT path FROM condemned ORDER BY path");
    if (!query)
        return fail(query.error());
    return all<QString>(*query, [](const store::Statement &row) { return row.text(0); });
}

Status CatalogRows::forget(const QString &path)
{
    auto remove = m_database.prepare("DELETE FROM condemned WHERE path = ?");
    if (!remove)
        return fail(remove.error());
    return remove->bind(1, path).run();
}

} // namespace vedette::agent
