// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/manifest.h"
#include "edge-agent/recordings/catalog_rows.h"

namespace vedette::agent {

/// What the catalog knows of manifests: their numbers and hashes, in the rows of their segments. Thread-bound, like the rows.
class ManifestRows {
public:
    explicit ManifestRows(CatalogRows &rows) : m_rows(rows) {}

    /// Of a segment whose row is there.
    Status set(const protocol::ManifestLink &link, const Digest &root);
    /// The end of a lane's chain.
    Result<std::optional<protocol::ManifestLink>> last(std::int64_t lane);
    /// The next finished segment by number that has none, with that number.
    Result<std::optional<std::pair<std::int64_t, protocol::Recording>>> nextWithout(std::int64_t after);
    /// Every manifest that ever was; gone: by rule. Until each returns false.
    Status each(const std::function<bool(std::int64_t lane, const protocol::ManifestLink &link, bool gone)> &each);
    /// Where what is catalogued before a moment of known time ends.
    Result<std::optional<UtcTime>> endBefore(std::int64_t lane, UtcTime from);
    /// Those of segments without media that ended before then: the oldest so many.
    Result<QList<protocol::SegmentName>> outlived(UtcTime before, int most);
    /// Its file is condemned; what is known of it stays.
    Status letGo(const protocol::SegmentName &name);

private:
    CatalogRows &m_rows;
};

} // namespace vedette::agent
