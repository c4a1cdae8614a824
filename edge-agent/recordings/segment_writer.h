// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evidence/segment_hasher.h"
#include "core/media/segment_muxer.h"
#include "edge-agent/recordings/recorder_sink.h"
#include "edge-agent/recordings/segment_file.h"

#include <memory>
#include <optional>

namespace vedette::agent {

/// Where segments go.
struct SegmentPlace {
    SegmentDisk &disk;
    const Clock &clock;
    QString folder; ///< must exist
};

/// When a picture was captured; of one that nobody stamped the arrival, in a run 0 of unknown time.
CaptureStamp stampOf(const media::Packet &picture);

/// One segment while it is recorded: pictures in, whole fragments in the file. After a failure it may only be given up;
/// the file then ends behind or within its last fragment. Thread-bound to its user.
class SegmentWriter {
public:
    /// Makes the file that the first picture, a key frame, gives its name; number: of the segment in a run of unknown time. A
    /// name that is taken gets its run, and then a number; EEXIST where there is no end of that.
    static DiskResult<std::unique_ptr<SegmentWriter>> open(const SegmentPlace &place, const RecordingLane &lane, const media::StreamInfo &info,
                                                           const media::Packet &first, int number);

    bool takes(const media::Packet &picture) const { return m_muxer->takes(picture); }
    bool hasSound() const { return m_muxer->hasSound(); }
    DiskResult<void> write(const media::PacketPtr &packet);
    /// Hands the fragment before the last picture to the kernel.
    DiskResult<void> flush();
    /// Syncs when that is due.
    DiskResult<void> keep() { return m_file->keep(); }
    /// next: when the picture was captured that would have followed, where that is known.
    DiskResult<void> finish(std::optional<UtcTime> next);

    /// As far as whole fragments go.
    const RecordedSegment &segment() const { return m_segment; }
    UtcTime newest() const { return m_newest; }   ///< capture time, of pictures written
    std::uint64_t run() const { return m_run; }

private:
    SegmentWriter() = default;
    DiskResult<void> tell(const Status &status);

    std::unique_ptr<SegmentFile> m_file;
    std::unique_ptr<media::SegmentMuxer> m_muxer; ///< after the file: it writes into it
    evidence::SegmentHasher m_hasher;             ///< of what is in the file
    RecordedSegment m_segment;
    std::optional<DiskError> m_failure;
    std::uint64_t m_run = 0;
    UtcTime m_newest{};
    UtcTime m_before{}; ///< the newest before that
};

} // namespace vedette::agent
