// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <optional>

namespace vedette::net {

/// Lays the sound of a session on the time line of its pictures. RTP gives each track an origin of its own; sender reports
/// tie both to the sender's clock (RFC 3550, 6.4.1). Until both have come, and where they are nonsense, the least delays of
/// arrival tie them, which is off by what the camera needs longer to encode one than the other. Pure; all times given.
class TrackAlignment {
public:
    static constexpr microseconds kLearning{500'000}; ///< of sound goes by: one RTP packet may hold units of 100 ms and more
    static constexpr microseconds kSettling{3'000'000}; ///< while what arrives still teaches, it is followed at once
    static constexpr microseconds kNear{5'000};      ///< not worth a correction
    static constexpr microseconds kStep{100'000};    ///< farther off is corrected at once, less at 1 % of the time
    static constexpr microseconds kNonsense{2'000'000}; ///< reports so far from what arrives are not believed

    void picture(microseconds pts, MonoTime arrival);
    /// sender…: the sender's clock at time 0 of the two tracks, where reports tell. Empty before the first picture, and until
    /// reports tell or enough has come.
    std::optional<microseconds> sound(microseconds pts, MonoTime arrival, std::optional<UtcTime> senderOfSound,
                                      std::optional<UtcTime> senderOfPictures);

private:
    struct Delay {
        void note(microseconds pts, MonoTime arrival);
        std::optional<microseconds> least;
        microseconds last{0};
    };
    Delay m_picture;
    Delay m_sound;
    std::optional<microseconds> m_offset; ///< what is added to the sound's times
    microseconds m_lastSound{0};
    std::optional<MonoTime> m_begun;      ///< when picture and sound had come
    bool m_byReports = false;
};

} // namespace vedette::net
