// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/test_faults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vedette::agent {
namespace {

constexpr std::array kWords{
    std::pair{TestFault::None, QLatin1String("none")},   std::pair{TestFault::Stall, QLatin1String("stall")},
    std::pair{TestFault::Vanish, QLatin1String("vanish")}, std::pair{TestFault::Error, QLatin1String("error")},
    std::pair{TestFault::Repeat, QLatin1String("repeat")}, std::pair{TestFault::Jump, QLatin1String("jump")},
    std::pair{TestFault::Black, QLatin1String("black")}, std::pair{TestFault::NoiseFree, QLatin1String("noise-free")},
};

} // namespace

QString toString(TestFault fault)
{
    return std::find_if(kWords.begin(), kWords.end(), [fault](const auto &each) { return each.first == fault; })->second;
}

std::optional<TestFault> faultFromString(QStringView word)
{
    const auto found = std::find_if(kWords.begin(), kWords.end(), [word](const auto &each) { return each.second == word; });
    return found == kWords.end() ? std::nullopt : std::optional(found->first);
}

QStringList faultWords()
{
    QStringList words;
    for (const auto &[fault, word] : kWords)
        words.append(word);
    return words;
}

void TestFaults::inject(TestFault fault, milliseconds duration)
{
    std::lock_guard lock(m_mutex);
    m_fault = fault;
    m_end.reset();
    m_jump = milliseconds{0};
    if (fault == TestFault::Vanish && duration == milliseconds{0})
        duration = kVanished;
    if (fault == TestFault::Jump)
        m_jump = duration == milliseconds{0} ? kJumped : duration;
    else if (duration != milliseconds{0})
        m_end = m_clock.now() + duration;
}

Status TestFaults::open()
{
    if (now() == TestFault::Vanish)
        return fail(ErrorKind::Unavailable, QStringLiteral("The test camera is not there: it was made to vanish."));
    std::lock_guard lock(m_mutex);
    if (m_fault != TestFault::Black && m_fault != TestFault::NoiseFree)
        m_fault = TestFault::None;
    return {};
}

TestFault TestFaults::now()
{
    std::lock_guard lock(m_mutex);
    if (m_end && m_clock.now() >= *m_end)
        m_fault = TestFault::None;
    return m_fault;
}

milliseconds TestFaults::takeJump()
{
    std::lock_guard lock(m_mutex);
    if (m_fault == TestFault::Jump)
        m_fault = TestFault::None;
    return std::exchange(m_jump, milliseconds{0});
}

bool TestFaults::takeError()
{
    std::lock_guard lock(m_mutex);
    return std::exchange(m_fault, m_fault == TestFault::Error ? TestFault::None : m_fault) == TestFault::Error;
}

} // namespace vedette::agent
