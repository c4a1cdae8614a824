// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <functional>
#include <memory>
#include <span>

namespace vedette::media {

/// Writes one H.264 or H.265 stream, with AAC beside it where it has that, as fragmented MP4 (ISO/IEC 14496-12, 8.8):
/// ftyp, moov, then a moof and its mdat for each fragment, at the end mfra. What is out is never changed, so a file that
/// ends anywhere plays up to its last whole fragment. NAL units stay bit-identical. No file, no thread, no policy.
/// Thread-bound.
///
/// Times are those of the packets less the presentation time of the first picture, exact to 1 us. A picture's duration is
/// that up to the next one, so the last picture is held back until the next is there, and each fragment begins where
/// the one before ends.
class SegmentMuxer {
public:
    static constexpr microseconds kLongestPicture{600'000'000}; ///< 10 min; what is longer is another segment

    /// The next bytes of the file. A failure ends the muxer: every later call gives it again.
    using WriteBytes = std::function<Status(std::span<const std::uint8_t>)>;

    /// Unsupported for other codecs than H.264 and H.265; sound other than AAC is left out. Writes nothing yet.
    static Result<std::unique_ptr<SegmentMuxer>> open(const StreamInfo &info, WriteBytes write);
    /// Without finish() the file ends with its last fragment.
    ~SegmentMuxer();
    SegmentMuxer(const SegmentMuxer &) = delete;
    SegmentMuxer &operator=(const SegmentMuxer &) = delete;

    /// Whether the picture may go into this file: one sample entry holds for all of it (ISO/IEC 14496-15, 5.3.1), so a key
    /// frame with another codec or other parameter sets needs a new one. True for sound.
    bool takes(const Packet &packet) const;
    /// The first picture must be a key frame with parameter sets, in it or in the StreamInfo. Sound before it, or that has
    /// no track, goes by. Decoding times that do not rise are made to. InvalidInput for an empty packet, one that takes()
    /// refuses, and one more than kLongestPicture behind.
    Status write(const PacketPtr &packet);
    /// Ends the fragment before the picture that was written last; what comes before it is handed out at once. Writes
    /// nothing when that is nothing.
    Status flushFragment();
    /// The held picture, its duration that of the one before (the announced rate's where it is the only one), and the
    /// index. Nothing may follow.
    Status finish();

    /// In the fragments that are out: pictures, and the sum of their durations.
    std::uint64_t frames() const;
    microseconds duration() const;
    bool hasSound() const;

private:
    SegmentMuxer();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
