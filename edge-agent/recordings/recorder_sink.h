// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"
#include "core/protocol/coverage.h"
#include "core/protocol/recording_lane.h"
#include "core/protocol/segment_name.h"

#include <QString>

#include <cstdint>
#include <memory>

namespace vedette::evidence {
struct SegmentHashes;
}

namespace vedette::agent {

using protocol::RecordingLane;

/// One recorded file as its recorder knows it now. Nothing is missing between from and to: a hole ends a segment. Value
/// type.
struct RecordedSegment {
    protocol::SegmentName name;    ///< path() below the recordings folder; name.start is empty for a run of unknown time
    /// Capture time of the first picture, and the end of the last one in the file. By the run's own clock: for a run of
    /// unknown time both are off by the same amount.
    UtcTime from{};
    UtcTime to{};                  ///< = from until the first fragment is written
    media::Codec codec = media::Codec::Unknown; ///< of the pictures
    int width = 0;                 ///< pixels
    int height = 0;
    bool sound = false;            ///< AAC beside the pictures
    std::uint64_t bytes = 0;       ///< of the file: whole fragments, and the index once finished
    std::uint64_t frames = 0;      ///< pictures
    std::shared_ptr<const evidence::SegmentHashes> hashes; ///< of what its recorder finished; null otherwise
};

/// What a recorder tells of its lane, so that the lane always has exactly one thing open: a segment or a gap. Implemented
/// by the catalog, which outlives every recorder. Called on the recorder's thread, of many recorders at the same time; must
/// neither fail nor wait for a disk.
///
///   gapBegan ─▶ segmentOpened ─▶ segmentProgressed* ─▶ segmentFinished ─▶ (gapBegan | segmentOpened) …
class RecorderSink {
public:
    virtual ~RecorderSink() = default;
    /// The file is there and its directory is synced. Ends the gap before it, at from.
    virtual void segmentOpened(const RecordedSegment &segment) = 0;
    /// A fragment more is in the kernel's hands; at least once a second while pictures come.
    virtual void segmentProgressed(const RecordedSegment &segment) = 0;
    /// Its index is written, file and directory are synced; or, after a disk error, as much as could be (the next start's
    /// recovery completes it; complete is false then).
    virtual void segmentFinished(const RecordedSegment &segment, bool complete) = 0;
    /// From here on nothing is recorded. Where a segment came before, it begins at its end. Another reason while a gap is
    /// open begins another gap.
    virtual void gapBegan(const RecordingLane &lane, UtcTime from, protocol::GapReason reason) = 0;
};

} // namespace vedette::agent
