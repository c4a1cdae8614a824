// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/base/clock.h"
#include "edge-agent/capture/clock_trust.h"

#include <QString>

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace vedette::agent {

/// One unbroken span of the capture clock.
struct ClockRun {
    std::uint64_t id = 0;
    bool known = false;        ///< its pictures carried a known time
    MonoTime begin{};
    microseconds offset{0};    ///< UTC minus monotonic time: what its pictures carry, at the end of the run
    /// For a run of unknown time, once the clock has been synchronised: what the offset should have been.
    std::optional<microseconds> corrected;
    microseconds uncertainty{0};
};

/// Where a picture stands among those of its source in the order in which they are shown (media::PictureOrder).
struct PictureRank {
    std::int64_t rank = 0;
    bool first = false; ///< another source, or another count
};

/// What the clock is worth now.
struct ClockReading {
    UtcTime time{};            ///< what a picture of now would carry
    bool known = false;
    microseconds uncertainty{0};
    std::uint64_t run = 0;
};

/// The capture clock (foundation 1): maps monotonic time to UTC, slewed by at most kMaxSlewPpm; what remains is counted
/// into the uncertainty. A difference above kStep starts a new run. While the time is unknown, a run keeps the offset that
/// it began with, so that it can be corrected as a whole. Thread-safe: every capture thread stamps with it.
class CaptureClock {
public:
    static constexpr int kMaxSlewPpm = 500;                     ///< as the kernel slews (ntp_adjtime)
    static constexpr milliseconds kStep{400};
    static constexpr milliseconds kMeasureEvery{100};
    static constexpr microseconds kUnvouched{100'000};          ///< added when not the kernel but a chip or a host vouches
    static constexpr microseconds kFloor{1000};                 ///< SNTP clients tell the kernel an error of 0
    static constexpr int kDriftPpm = 100;                       ///< a board's crystal while nothing disciplines it

    CaptureClock(const Clock &clock, ClockTrust trust, const ClockProbes &probes);
    CaptureClock(const Clock &clock, ClockTrust trust) : CaptureClock(clock, trust, systemClockProbes()) {}

    /// Names a picture of this camera; it belongs to the run in which it was captured. Sequences count from 0 in each run
    /// and outlive the camera's sources. rank: for streams that come in another order than they are shown; their sequences
    /// follow it, and leave room below the first for pictures that are shown before it.
    CaptureStamp stamp(const QString &camera, MonoTime captured, std::uint32_t settingsVersion,
                       std::optional<PictureRank> rank = std::nullopt);

    ClockReading reading();
    /// The runs of this boot seen by this process, oldest first.
    std::vector<ClockRun> runs();

private:
    /// One camera's pictures in the order in which they are shown, over all runs.
    struct Numbering {
        struct Begin {
            std::uint64_t run = 0;
            std::int64_t position = 0;
        };
        std::int64_t base = 0;       ///< position of rank 0
        std::int64_t highest = -1;
        std::array<Begin, 2> runs{}; ///< the last two; the newest behind
    };
    struct Measurement {
        MonoTime at{};
        microseconds offset{0};
        microseconds error{0};
        ClockSync sync;
    };

    Measurement measure() const;
    void update();
    static std::uint64_t number(Numbering &numbering, std::uint64_t run, std::optional<PictureRank> rank);
    const ClockRun &runAt(MonoTime captured) const;
    bool trusted(const ClockSync &sync) const;
    void beginRun(const Measurement &m, bool known);
    microseconds offsetAt(MonoTime t) const;
    microseconds uncertaintyAt(MonoTime t) const;

    const Clock &m_clock;
    const ClockTrust m_trust;
    const bool m_keepsTime; ///< a battery clock or a hypervisor

    std::mutex m_mutex; // guards all below
    std::vector<ClockRun> m_runs;
    std::map<QString, Numbering> m_numberings;
    MonoTime m_anchor{};                 ///< where the slew began
    microseconds m_anchorOffset{0};
    microseconds m_target{0};            ///< the offset measured last, where the slew ends
    microseconds m_measureError{0};
    std::optional<MonoTime> m_measured;
    std::optional<MonoTime> m_disciplined; ///< last time the kernel vouched
    bool m_kernelVouches = false;
};

} // namespace vedette::agent
