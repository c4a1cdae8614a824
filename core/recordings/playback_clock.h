// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <optional>
#include <utility>

namespace vedette::recordings {

/// Which recorded moment is shown at which moment of this machine: a line that begins where it was sought, as steep as the
/// rate, level while held. Within a loop it ends at the loop's last moment (backwards at its first) and stays there. Value
/// type without a clock of its own.
class PlaybackClock {
public:
    static constexpr double kEveryPicture = 4; ///< faster, in both directions, only key frames are shown

    using Loop = std::pair<UtcTime, UtcTime>; ///< [first, second)

    /// Goes on from there as it was, running or held.
    void seek(UtcTime at, MonoTime now);
    void run(MonoTime now);
    void hold(MonoTime now);
    void setRate(double rate, MonoTime now);
    void setLoop(std::optional<Loop> loop, MonoTime now);

    UtcTime at(MonoTime now) const;
    bool running() const { return m_running; }
    double rate() const { return m_rate; }
    const std::optional<Loop> &loop() const { return m_loop; }
    /// Running, and nothing of the loop is left in this direction.
    bool loopIsOver(MonoTime now) const;
    /// When that moment is shown, be it in the past; empty: never, by this line.
    std::optional<MonoTime> due(UtcTime moment) const;

private:
    UtcTime line(MonoTime now) const;

    UtcTime m_from{};
    MonoTime m_since{};
    double m_rate = 1;
    bool m_running = false;
    std::optional<Loop> m_loop;
};

} // namespace vedette::recordings
