// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evidence/segment_check.h"
#include "edge-agent/recordings/catalog_rows.h"

namespace vedette::agent {

/// What is not as its manifest says. Value type.
struct EvidenceFault {
    QString path;  ///< below the folder, of the media or the manifest; of a chain "camera/stream"
    std::optional<evidence::SegmentFault> segment; ///< of the media
    QString sentence;
};

struct EvidenceCheck {
    int segments = 0;   ///< whose media was hashed
    int fragments = 0;  ///< of them
    int manifests = 0;  ///< that were read, also of media that is gone
    int without = 0;    ///< finished recordings that have none yet
    QList<EvidenceFault> faults;
    bool good() const { return faults.isEmpty(); }
};

/// Hashes all media in the folder anew, compares it with the manifests, and these with each other and the catalog. Changes
/// nothing. Blocking: reads every byte.
Result<EvidenceCheck> checkEvidence(CatalogRows &rows, const QString &folder);

} // namespace vedette::agent
