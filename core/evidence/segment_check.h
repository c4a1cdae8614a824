// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evidence/segment_hasher.h"

namespace vedette::evidence {

/// One way in which a file is not what its manifest says. Value type.
struct SegmentFault {
    enum class Kind : std::uint8_t {
        Pictures,   ///< of this fragment
        Sound,      ///< of this fragment
        Unreadable, ///< this fragment, or all from it on
        Missing,    ///< all from this fragment on
        Added,      ///< fragments from this one on
        Bytes,      ///< only outside pictures and sound: boxes, times, index
    };
    Kind kind = Kind::Bytes;
    int fragment = 0;              ///< from 1; 0: the file as a whole
    std::optional<UtcTime> from;   ///< its capture time, as the manifest says it
    bool operator==(const SegmentFault &) const = default;
};
QString toString(SegmentFault::Kind kind); ///< "pictures"
/// "fragment 12 of 2026-11-21T14:15:06.000Z: its pictures are not those of its manifest"
QString sentence(const SegmentFault &fault);

/// Empty: the file is what its manifest says. Reentrant.
QList<SegmentFault> compareSegment(const protocol::Manifest &manifest, const SegmentHashes &found);

} // namespace vedette::evidence
