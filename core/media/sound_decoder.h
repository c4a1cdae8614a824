// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <memory>
#include <vector>

namespace vedette::media {

/// A piece of sound to be heard: signed 16-bit samples, the channels interleaved, always of kRate and kChannels. Value type.
struct Sound {
    static constexpr int kRate = 48'000; ///< Hz
    static constexpr int kChannels = 2;

    std::vector<std::int16_t> samples;
    microseconds pts{0};                 ///< of the first sample, the packet's own time line
    std::optional<CaptureStamp> capture; ///< of the packet

    microseconds duration() const { return microseconds{std::int64_t(samples.size()) / kChannels * 1'000'000 / kRate}; }
};

/// Decodes sound for loudspeakers: whatever the codec, rate and channels are, mono and stereo come out as stereo of 48 kHz.
/// Units that cannot be decoded go by and are counted. No waiting. Thread-bound to its user.
class SoundDecoder {
public:
    /// Unsupported when this FFmpeg cannot decode it.
    static Result<std::unique_ptr<SoundDecoder>> create(const AudioInfo &info);
    ~SoundDecoder();

    /// Without samples when nothing has come out.
    Sound decode(const Packet &packet);
    /// What follows is not the continuation of what came before.
    void reset();
    std::uint64_t broken() const;

private:
    SoundDecoder();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
