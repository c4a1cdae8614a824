// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/retention_rows.h"

#include <string>

namespace vedette::agent {
namespace {

using protocol::Protection;
using protocol::Recording;

// Each is led by an index of its own.
constexpr std::string_view kStored = "custody = 'stored'";
constexpr std::string_view kKnown = "custody <> 'lost' AND time_known = 1";
constexpr std::string_view kUnknown = "custody <> 'lost' AND time_known = 0";

constexpr std::string_view kProtections = "SELECT p.number, l.camera, l.stream, p.from_us, p.to_us, p.reason, p.author, p.expires_us "
                                          "FROM protections AS p JOIN lanes AS l ON l.number = p.lane ";

Protection protectionIn(const store::Statement &row)
{
    Protection protection{row.integer(0), {row.text(1), row.text(2)}, utcFromMicros(row.integer(3)), utcFromMicros(row.integer(4)),
                          row.text(5), row.text(6), std::nullopt};
    if (!row.isNull(7))
        protection.expires = utcFromMicros(row.integer(7));
    return protection;
}

} // namespace

Result<RetentionRows::Found> RetentionRows::first(std::string_view which, UtcTime now)
{
    auto query = m_rows.database().prepare(
        std::string("SELECT number, id FROM segments WHERE state = 'finished' AND complete = 1 AND ").append(which)
        + " AND NOT EXISTS (SELECT 1 FROM protections AS p WHERE segments.time_known = 1 AND p.lane = segments.lane "
          "AND p.from_us < segments.to_us AND p.to_us > segments.from_us AND (p.expires_us IS NULL OR p.expires_us > ?)) "
          "ORDER BY from_us, number LIMIT 1");
    if (!query)
        return fail(query.error());
    const auto row = query->bind(1, std::int64_t{toMicros(now)}).step();
    if (!row)
        return fail(row.error());
    return *row ? Found(std::pair(query->integer(0), query->text(1))) : Found();
}

Result<std::optional<Recording>> RetentionRows::recording(const Found &found)
{
    if (!found)
        return std::nullopt;
    return m_rows.segment(found->second);
}

Result<std::optional<Recording>> RetentionRows::next(UtcTime now)
{
    const auto stored = first(kStored, now);
    if (!stored || *stored)
        return stored ? recording(*stored) : fail(stored.error());
    const auto known = first(kKnown, now);
    const auto unknown = known ? first(kUnknown, now) : fail(known.error());
    if (!unknown)
        return fail(unknown.error());
    const bool unknownFirst = *unknown && (!*known || (*unknown)->first < (*known)->first);
    return recording(unknownFirst ? *unknown : *known);
}

Result<std::optional<Recording>> RetentionRows::oldest(UtcTime now)
{
    const auto known = first(kKnown, now);
    return known ? recording(*known) : fail(known.error());
}

Result<std::optional<UtcTime>> RetentionRows::newestTime()
{
    auto query = m_rows.database().prepare("SELECT max(newest) FROM (SELECT (SELECT to_us FROM segments WHERE lane = lanes.number AND time_known = 1 "
                                           "ORDER BY from_us DESC LIMIT 1) AS newest FROM lanes)");
    if (!query)
        return fail(query.error());
    if (const auto row = query->step(); !row)
        return fail(row.error());
    return query->isNull(0) ? std::nullopt : std::optional(utcFromMicros(query->integer(0)));
}

Status RetentionRows::expire(const protocol::SegmentName &name, const QString &rule)
{
    auto update = m_rows.database().prepare("UPDATE segments SET state = 'expired', expired_by = ?2, "
                                            "custody = CASE custody WHEN 'stored' THEN custody ELSE 'expired' END WHERE id = ?1");
    if (!update)
        return fail(update.error());
    if (const Status done = update->bind(1, name.id()).bind(2, rule).run(); !done)
        return done;
    return m_rows.condemn(name.path());
}

Result<std::int64_t> RetentionRows::protect(const Protection &protection)
{
    const auto lane = m_rows.lane(protection.lane);
    if (!lane)
        return fail(lane.error());
    if (!*lane)
        return fail(ErrorKind::NotFound, QStringLiteral("Stream %1 of camera %2 has never been recorded here.").arg(protection.lane.stream, protection.lane.camera));
    auto count = m_rows.database().prepare("SELECT count(*) FROM protections");
    const auto counted = count ? count->step() : fail(count.error());
    if (!counted)
        return fail(counted.error());
    if (count->integer(0) >= kMostProtections)
        return fail(ErrorKind::Unavailable, QStringLiteral("There are %1 protections already; give up one that is not needed.").arg(kMostProtections));
    auto insert = m_rows.database().prepare(
        "INSERT INTO protections (lane, from_us, to_us, reason, author, expires_us) VALUES (?, ?, ?, ?, ?, ?) RETURNING number");
    if (!insert)
        return fail(insert.error());
    insert->bind(1, (*lane)->number).bind(2, std::int64_t{toMicros(protection.from)}).bind(3, std::int64_t{toMicros(protection.to)})
        .bind(4, protection.reason).bind(5, protection.author);
    if (protection.expires)
        insert->bind(6, std::int64_t{toMicros(*protection.expires)});
    if (const auto row = insert->step(); !row)
        return fail(row.error());
    return insert->integer(0);
}

Result<Protection> RetentionRows::unprotect(std::int64_t id)
{
    auto query = m_rows.database().prepare(std::string(kProtections).append("WHERE p.number = ?"));
    if (!query)
        return fail(query.error());
    const auto row = query->bind(1, id).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorKind::NotFound, QStringLiteral("There is no protection %1.").arg(id));
    Protection protection = protectionIn(*query);
    auto remove = m_rows.database().prepare("DELETE FROM protections WHERE number = ?");
    if (!remove)
        return fail(remove.error());
    if (const Status done = remove->bind(1, id).run(); !done)
        return fail(done.error());
    return protection;
}

Result<QList<Protection>> RetentionRows::protections(const QString &camera, UtcTime now)
{
    auto query = m_rows.database().prepare(
        std::string(kProtections).append("WHERE (?1 = '' OR l.camera = ?1) AND (p.expires_us IS NULL OR p.expires_us > ?2) ORDER BY p.from_us, p.number"));
    if (!query)
        return fail(query.error());
    query->bind(1, camera).bind(2, std::int64_t{toMicros(now)});
    return query->all<Protection>([&]() -> Result<Protection> { return protectionIn(*query); });
}

Result<std::int64_t> RetentionRows::protectedBytes(UtcTime now)
{
    auto query = m_rows.database().prepare(
        "SELECT coalesce(sum(bytes), 0) FROM segments WHERE number IN (SELECT s.number FROM protections AS p "
        "JOIN lanes AS l ON l.number = p.lane JOIN segments AS s ON s.lane = p.lane AND s.time_known = 1 AND s.from_us < p.to_us "
        "AND s.from_us > p.from_us - l.longest_us - 1 AND (s.to_us > p.from_us OR s.state = 'open') "
        "WHERE s.state <> 'expired' AND s.custody <> 'lost' AND (p.expires_us IS NULL OR p.expires_us > ?))");
    if (!query)
        return fail(query.error());
    if (const auto row = query->bind(1, std::int64_t{toMicros(now)}).step(); !row)
        return fail(row.error());
    return query->integer(0);
}

} // namespace vedette::agent
