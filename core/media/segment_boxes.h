// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace vedette::media {

/// The boxes of a recorded segment (ISO/IEC 14496-12), without FFmpeg and without a file: what recovery and serving must
/// know of it. Every function is reentrant, accepts any bytes and reads none outside its span.

/// A box's type, such as "moof", as one number.
constexpr std::uint32_t boxType(const char (&name)[5])
{
    std::uint32_t type = 0;
    for (int i = 0; i < 4; ++i)
        type = type << 8 | static_cast<std::uint8_t>(name[i]);
    return type;
}

/// What the head of a box says (4.2).
struct BoxHead {
    static constexpr std::size_t kBytes = 16; ///< at most
    std::uint32_t type = 0;
    std::uint64_t size = 0;                   ///< of the whole box
    std::uint64_t headBytes = 0;              ///< 8 or 16
};
/// Empty where the span holds no head, or one of no possible size; a box that reaches to the end of its file is none here.
std::optional<BoxHead> readBoxHead(std::span<const std::uint8_t> bytes);

struct SegmentTrack {
    std::uint32_t id = 0;
    std::uint32_t timescale = 0;     ///< ticks a second
    Codec codec = Codec::Unknown;    ///< H264, H265, Aac
    int width = 0;                   ///< pixels
    int height = 0;
    std::uint32_t defaultDuration = 0; ///< of a sample, ticks (8.8.3)
    std::uint32_t defaultSize = 0;
    std::uint32_t defaultFlags = 0;  ///< (8.8.3.1)
    std::int64_t firstShown = 0;     ///< where the edit list begins, ticks (8.6.6): its samples are shown so much earlier
    Bytes parameterSets;             ///< of its sample entry (14496-15, 5.3.3 and 8.3.3), Annex B; empty: only in the samples
};
/// The tracks that a whole moov announces. Corrupt when it breaks its format, Unsupported without fragments (mvex) or
/// pictures.
Result<std::vector<SegmentTrack>> readMovie(std::span<const std::uint8_t> moov);

struct SegmentSample {
    std::uint64_t offset = 0;        ///< of its bytes from the beginning of the moof
    std::uint32_t size = 0;
    std::uint32_t duration = 0;      ///< ticks
    std::int32_t composition = 0;    ///< ticks after its decoding time
    bool key = true;                 ///< sample_is_non_sync_sample is not set (8.8.3.1)
};
struct TrackFragment {
    std::uint32_t track = 0;
    std::uint64_t time = 0;          ///< decoding time of the first sample, ticks
    std::vector<SegmentSample> samples;
};
/// The samples of a whole moof, one entry a traf. Corrupt when it breaks its format, tells of another track, or of samples
/// that do not lie within the mdat behind it, whose size is that of the box.
Result<std::vector<TrackFragment>> readFragment(std::span<const std::uint8_t> moof, std::uint64_t mdatSize, const std::vector<SegmentTrack> &tracks);

/// Where a fragment is, for the index.
struct FragmentPlace {
    std::uint64_t offset = 0;        ///< of the moof in the file
    std::uint32_t traf = 0;          ///< number in it, from 1
    std::uint32_t track = 0;
    std::uint64_t time = 0;          ///< presentation of its first sample, ticks
};
/// An mfra box of them (8.8.9), in this order for each track.
Bytes makeFragmentIndex(const std::vector<FragmentPlace> &places);

/// Calls visit with each NAL unit of a sample (14496-15: each behind its length in four bytes). False when the lengths do
/// not add up to the sample.
bool forEachSampleNal(std::span<const std::uint8_t> sample, const std::function<void(std::span<const std::uint8_t>)> &visit);

/// The NAL units of a sample as Annex B; Corrupt when the lengths do not add up.
Result<Bytes> toAnnexB(std::span<const std::uint8_t> sample);

} // namespace vedette::media
