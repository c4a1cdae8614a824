// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/sound_decoder.h"

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>

namespace vedette::app {

/// Sound that waits for its moment, between who decodes it and the device that takes samples whenever it has room. Bounded,
/// counted. Thread-safe.
class SoundQueue {
public:
    /// held: of sound; tooLate: a sample that is due so long before it can be heard is left out.
    SoundQueue(milliseconds held, milliseconds tooLate) : m_held(held), m_tooLate(tooLate) {}

    /// due: when its first sample is to be heard. Puts in later what is due later.
    void put(const media::Sound &sound, MonoTime due);
    void clear();
    /// Fills out (interleaved, a whole number of frames) for a device that will let its first sample be heard at that moment;
    /// silence where nothing is due.
    void take(std::span<std::int16_t> out, MonoTime heard);
    std::uint64_t dropped() const; ///< samples of one channel

private:
    struct Piece {
        std::vector<std::int16_t> samples;
        std::size_t begin = 0; ///< of what is left
        MonoTime due{};        ///< of what is left
        std::int64_t frames() const { return std::int64_t(samples.size() - begin) / media::Sound::kChannels; }
        void skip(std::int64_t frames);
    };

    const milliseconds m_held;
    const milliseconds m_tooLate;
    mutable std::mutex m_mutex; // guards all below
    std::deque<Piece> m_pieces;
    std::int64_t m_frames = 0;
    std::uint64_t m_dropped = 0;
};

} // namespace vedette::app
