// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "edge-agent/recordings/catalog_rows.h"

#include <QSet>
#include <QStringList>

#include <functional>

namespace vedette::agent {

/// Makes a file that was not finished whole and says what it holds; 0 frames when no fragment of it is whole. Corrupt for
/// what is no segment.
using SegmentRecovery = std::function<Result<RecordedSegment>(const QString &file, const protocol::SegmentName &name)>;

/// What a repair found and did. Value type.
struct RepairReport {
    int recovered = 0; ///< segments that a crash left open
    int adopted = 0;   ///< files without a row
    int lost = 0;      ///< rows without a file
    int removed = 0;   ///< condemned files, and those without a single whole fragment
    int remembered = 0; ///< manifests without a row and without a file
    int unreadable = 0; ///< files that are named like segments and are none: left alone
    int foreign = 0;   ///< files of others in the tree: left alone
    QStringList examples; ///< the first of the last two kinds
};

/// Compares rows and files at start, so that every file is in exactly one of catalogued and condemned: recovers what a crash
/// left open, adopts files without a row by their name, marks rows without a file as lost. What a manifest says of a whole file
/// is believed without reading it; one without a row brings back gaps, and a recording whose media is gone: expired where all
/// older media of its lane is gone as well, otherwise lost. Deletes only what was condemned or holds no picture. inUse: ids of segments that are being recorded now. The order survives a crash at any point.
Result<RepairReport> repairCatalog(CatalogRows &rows, const QString &folder, const SegmentRecovery &recover, const QSet<QString> &inUse = {});

/// One segment that a disk error left incomplete, once the disk may be well again. False while it is not.
Result<bool> repairSegment(CatalogRows &rows, const QString &folder, const SegmentRecovery &recover, const protocol::SegmentName &name);

/// Removes condemned files; each is forgotten once its directory is synced. Returns how many went.
Result<int> removeCondemned(CatalogRows &rows, const QString &folder);

} // namespace vedette::agent
