// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/protection.h"
#include "edge-agent/recordings/catalog_rows.h"

#include <utility>

namespace vedette::agent {

/// What may go of the catalog, and in which order. Finished segments only; never what a protection overlaps (of an unknown
/// time nobody can say that, so nothing protects it). Thread-bound, like the rows.
class RetentionRows {
public:
    explicit RetentionRows(CatalogRows &rows) : m_rows(rows) {}

    /// What goes next to make room: what is stored elsewhere first, then the oldest. What has no known time goes when all
    /// that was catalogued before it went.
    Result<std::optional<protocol::Recording>> next(UtcTime now);
    /// The oldest whose age is known.
    Result<std::optional<protocol::Recording>> oldest(UtcTime now);
    /// The end of the newest segment of known time.
    Result<std::optional<UtcTime>> newestTime();
    /// Its file is condemned; the row stays and tells by which rule it went.
    Status expire(const protocol::SegmentName &name, const QString &rule);
    /// Its id; the one that it says counts for nothing. NotFound where the lane was never recorded; Unavailable beyond kMostProtections.
    Result<std::int64_t> protect(const protocol::Protection &protection);
    /// What it was. NotFound for none.
    Result<protocol::Protection> unprotect(std::int64_t id);
    /// That have not expired by then, in order of time; camera: empty for all.
    Result<QList<protocol::Protection>> protections(const QString &camera, UtcTime now);
    static constexpr int kMostProtections = 10'000;
    /// Bytes of what is here and protected then.
    Result<std::int64_t> protectedBytes(UtcTime now);

private:
    using Found = std::optional<std::pair<std::int64_t, QString>>; ///< number and id
    Result<Found> first(std::string_view which, UtcTime now);
    Result<std::optional<protocol::Recording>> recording(const Found &found);

    CatalogRows &m_rows;
};

} // namespace vedette::agent
