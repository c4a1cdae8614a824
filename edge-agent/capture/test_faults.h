// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QString>
#include <QStringList>

#include <mutex>
#include <optional>

namespace vedette::agent {

/// What the test camera suffers when asked to, as real ones do by themselves.
enum class TestFault : std::uint8_t {
    None,
    Stall,     ///< gives nothing, until it is opened again or the time is over
    Vanish,    ///< fails, and cannot be opened until the time is over
    Error,     ///< fails once
    Repeat,    ///< gives the same buffer again and again, until it is opened again or the time is over
    Jump,      ///< its time stamps jump by the time
    Black,     ///< black pictures, until the time is over: no failure
    NoiseFree, ///< each picture the same as the one before, until the time is over: no failure
};
QString toString(TestFault fault);
std::optional<TestFault> faultFromString(QStringView word);
QStringList faultWords();

/// The fault of one test camera now: asked for by the main thread, suffered on the capture thread. Thread-safe.
class TestFaults {
public:
    static constexpr milliseconds kVanished{2'000}; ///< where no time is given
    static constexpr milliseconds kJumped{3'600'000};

    explicit TestFaults(const Clock &clock) : m_clock(clock) {}

    /// duration: 0 is until it is healed. A jump may be negative.
    void inject(TestFault fault, milliseconds duration);
    /// At the opening: heals what opening heals. Unavailable while the camera has vanished.
    Status open();
    /// None when its time is over.
    TestFault now();
    /// Once: how far the time stamps jump now.
    milliseconds takeJump();
    /// Once: whether to fail.
    bool takeError();

private:
    const Clock &m_clock;
    std::mutex m_mutex; // guards all below
    TestFault m_fault = TestFault::None;
    std::optional<MonoTime> m_end;
    milliseconds m_jump{0};
};

} // namespace vedette::agent
