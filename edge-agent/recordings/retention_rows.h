// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/recordings/catalog_rows.h"

#include <utility>

namespace vedette::agent {

/// A span that no rule of retention touches. Value type.
struct Protection {
    UtcTime from{};
    UtcTime to{};
    QString reason;
    QString author;
    std::optional<UtcTime> expires; ///< empty: never
};

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
    /// NotFound where the lane was never recorded.
    Status protect(const RecordingLane &lane, const Protection &protection);

private:
    using Found = std::optional<std::pair<std::int64_t, QString>>; ///< number and id
    Result<Found> first(std::string_view which, UtcTime now);
    Result<std::optional<protocol::Recording>> recording(const Found &found);

    CatalogRows &m_rows;
};

} // namespace vedette::agent
