// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <memory>
#include <vector>

namespace vedette::media {

/// Makes AAC-LC of any sound that libavcodec decodes, mono or stereo, at the sound's own rate (48 kHz where AAC has it not).
/// A millisecond of work for a unit at most, no waiting. Thread-bound; thread-agnostic.
class AacConverter {
public:
    static constexpr int kBitrate = 64'000;          ///< bit/s a channel
    static constexpr microseconds kSame{20'000};     ///< times that wander less are joined without a gap

    /// Unsupported when this FFmpeg cannot decode it.
    static Result<std::unique_ptr<AacConverter>> create(const AudioInfo &in);
    ~AacConverter();

    /// Of what comes out; empty until the first unit was decoded, where only that tells the rate.
    const std::optional<AudioInfo> &info() const;
    /// Units that cannot be decoded go by and are counted.
    std::vector<PacketPtr> convert(const Packet &packet);
    std::uint64_t broken() const;

private:
    AacConverter();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
