// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/media/parameter_sets.h"
#include "core/media/segment_boxes.h"
#include "core/protocol/manifest.h"

namespace vedette::evidence {

/// What a recorded file holds, as its manifest says it. Value type.
struct SegmentHashes {
    QList<protocol::ManifestFragment> fragments;
    std::int64_t bytes = 0;
    Digest sha256{};                       ///< of all bytes
    std::int64_t frames = 0;
    std::optional<CaptureStamp> first;     ///< of the first picture that has one
    microseconds uncertainty{0};           ///< the largest of all pictures
    QList<int> broken;                     ///< numbers of fragments, from 1, whose boxes or pictures do not add up
    std::optional<std::int64_t> lostAt;    ///< the byte from which on there are no boxes

    bool whole() const { return broken.isEmpty() && !lostAt; }
};

/// Hashes a segment while its bytes go by, from the first on and in any pieces: those that a recorder writes, or those of a
/// file. Holds one fragment at most. What does not read is noted and gone past, so that the rest is hashed all the same.
/// Accepts any bytes. Thread-bound.
class SegmentHasher {
public:
    static constexpr std::uint64_t kMostHeld = 256U << 20; ///< of one box, bytes; more is no segment of ours

    void add(std::span<const std::uint8_t> bytes);
    /// Of all bytes so far. Nothing may follow.
    SegmentHashes finish();

private:
    std::uint64_t takeBox(std::span<const std::uint8_t> pending);
    void takeFragment(std::span<const std::uint8_t> mdat);
    bool hashPictures(const media::TrackFragment &track, std::span<const std::uint8_t> mdat, protocol::ManifestFragment &out);
    bool hashPicture(std::span<const std::uint8_t> sample, bool tellSets, protocol::ManifestFragment &out);
    void readStamp(std::span<const std::uint8_t> sei, protocol::ManifestFragment &out);
    void breakFragment();
    const media::SegmentTrack *trackOf(bool sound) const;

    SegmentHashes m_hashes;
    Sha256 m_file;
    Sha256 m_track;                        ///< between two fragments: empty
    media::Bytes m_pending;                ///< of a box that is not whole
    std::uint64_t m_skip = 0;              ///< bytes up to the next box
    media::Bytes m_moof;                   ///< waits for its mdat
    std::vector<media::SegmentTrack> m_tracks;
    media::ParameterSets m_sets;
};

/// A whole file. Denied, NotFound or Unavailable when it cannot be read. Blocking.
Result<SegmentHashes> hashSegment(const QString &file);

} // namespace vedette::evidence
