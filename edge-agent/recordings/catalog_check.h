// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/recordings/catalog_rows.h"

#include <QSet>
#include <QStringList>

namespace vedette::agent {

/// How rows and files agree. Value type.
struct CatalogCheck {
    static constexpr int kMostExamples = 20;

    int rows = 0;        ///< whose file should be here
    int files = 0;       ///< named like recordings
    int lost = 0;        ///< rows without a file
    int unlisted = 0;    ///< files without a row, and manifests that no row knows
    int incomplete = 0;  ///< left open by a crash or torn by a disk error
    int condemned = 0;   ///< that should be gone
    int wrongSize = 0;   ///< other bytes than the row says; only where sizes were looked at
    int withoutManifest = 0; ///< rows whose manifest should be here and is not
    int foreign = 0;     ///< files of others, which stay
    QStringList examples; ///< the first of what does not agree: "lost: camera-gate/…"

    bool good() const { return lost + unlisted + incomplete + condemned + wrongSize + withoutManifest == 0; }
    /// Mending would give up more than half of what is listed: rather the wrong disk than so many lost files.
    bool mostIsLost() const { return 2 * lost > rows; }
};

enum class CheckDepth : std::uint8_t { Names, Sizes };

/// Compares without changing anything. Blocking: reads every folder and, for sizes, asks for each file.
Result<CatalogCheck> checkCatalog(CatalogRows &rows, const QString &folder, CheckDepth depth);

/// Marks rows as incomplete whose file has another size, so that the next repair reads the file anew. Returns how many.
Result<int> doubtSizes(CatalogRows &rows, const QString &folder);

/// Paths below the folder, '/' between, of all files but the catalog and what it keeps beside itself.
QSet<QString> filesBelow(const QString &folder);

} // namespace vedette::agent
