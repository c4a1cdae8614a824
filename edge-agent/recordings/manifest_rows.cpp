// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/manifest_rows.h"

namespace vedette::agent {
namespace {

using protocol::ManifestLink;
using protocol::Recording;

QByteArray blobOf(const Digest &digest)
{
    return {reinterpret_cast<const char *>(digest.data()), static_cast<qsizetype>(digest.size())};
}

Result<ManifestLink> linkIn(const store::Statement &row, int column)
{
    const auto digest = digestFromHex(QString::fromLatin1(row.blob(column + 2).toHex()));
    if (!digest)
        return fail(ErrorKind::Corrupt, QStringLiteral("the catalog's hash of the manifest of \"%1\" is damaged").arg(row.text(column + 1).left(80)));
    return ManifestLink{row.integer(column), row.text(column + 1), *digest};
}

} // namespace

Status ManifestRows::set(const ManifestLink &link, const Digest &root)
{
    auto update = m_rows.database().prepare("UPDATE segments SET manifest_number = ?2, manifest_sha256 = ?3, merkle_root = ?4, manifest_gone = 0 WHERE id = ?1");
    if (!update)
        return fail(update.error());
    return update->bind(1, link.id).bind(2, link.number).bind(3, blobOf(link.sha256)).bind(4, blobOf(root)).run();
}

Result<std::optional<ManifestLink>> ManifestRows::last(std::int64_t lane)
{
    auto query = m_rows.database().prepare("SELECT manifest_number, id, manifest_sha256 FROM segments WHERE lane = ? AND manifest_number IS NOT NULL "
                                           "ORDER BY manifest_number DESC LIMIT 1");
    if (!query)
        return fail(query.error());
    const auto row = query->bind(1, lane).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return std::nullopt;
    const auto link = linkIn(*query, 0);
    return link ? Result<std::optional<ManifestLink>>(*link) : fail(link.error());
}

Result<std::optional<std::pair<std::int64_t, Recording>>> ManifestRows::nextWithout(std::int64_t after)
{
    using Found = std::optional<std::pair<std::int64_t, Recording>>;
    auto query = m_rows.database().prepare("SELECT number, id FROM segments WHERE manifest_number IS NULL AND state = 'finished' AND complete = 1 "
                                           "AND custody <> 'lost' AND number > ? ORDER BY number LIMIT 1");
    if (!query)
        return fail(query.error());
    const auto row = query->bind(1, after).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return Found();
    const auto found = m_rows.segment(query->text(1));
    if (!found)
        return fail(found.error());
    return *found ? Found(std::pair(query->integer(0), **found)) : Found();
}

Status ManifestRows::each(const std::function<bool(std::int64_t, const ManifestLink &, bool)> &each)
{
    auto query = m_rows.database().prepare("SELECT lane, manifest_gone, manifest_number, id, manifest_sha256 FROM segments WHERE manifest_number IS NOT NULL "
                                           "ORDER BY lane, manifest_number");
    if (!query)
        return fail(query.error());
    return query->each([&]() -> Result<bool> {
        const auto link = linkIn(*query, 2);
        if (!link)
            return fail(link.error());
        return each(query->integer(0), *link, query->integer(1) != 0);
    });
}

Result<std::optional<UtcTime>> ManifestRows::endBefore(std::int64_t lane, UtcTime from)
{
    auto query = m_rows.database().prepare("SELECT to_us FROM segments WHERE lane = ? AND time_known = 1 AND from_us < ? ORDER BY from_us DESC LIMIT 1");
    if (!query)
        return fail(query.error());
    const auto row = query->bind(1, lane).bind(2, std::int64_t{toMicros(from)}).step();
    if (!row)
        return fail(row.error());
    return *row ? std::optional(utcFromMicros(query->integer(0))) : std::nullopt;
}

Result<QList<protocol::SegmentName>> ManifestRows::outlived(UtcTime before, int most)
{
    auto query = m_rows.database().prepare("SELECT id FROM segments WHERE manifest_number IS NOT NULL AND manifest_gone = 0 AND time_known = 1 "
                                           "AND (state = 'expired' OR custody = 'lost') AND to_us < ? ORDER BY to_us LIMIT ?");
    if (!query)
        return fail(query.error());
    query->bind(1, std::int64_t{toMicros(before)}).bind(2, std::int64_t{most});
    return query->all<protocol::SegmentName>([&]() -> Result<protocol::SegmentName> {
        const auto name = protocol::parseSegmentId(query->text(0));
        if (!name)
            return fail(ErrorKind::Corrupt, QStringLiteral("the catalog's row of segment \"%1\" is damaged").arg(query->text(0).left(80)));
        return *name;
    });
}

Status ManifestRows::letGo(const protocol::SegmentName &name)
{
    auto update = m_rows.database().prepare("UPDATE segments SET manifest_gone = 1 WHERE id = ?");
    if (!update)
        return fail(update.error());
    if (const Status done = update->bind(1, name.id()).run(); !done)
        return done;
    return m_rows.condemn(name.manifestPath());
}

} // namespace vedette::agent
