// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtp_reorder.h"

#include <algorithm>

namespace vedette::net {

void RtpReorder::restart(std::uint16_t sequence, std::uint32_t ssrc)
{
    for (Entry &entry : m_entries)
        m_flushed.push_back(std::move(entry.held));
    while (m_flushed.size() > kMaxPackets)
        m_flushed.pop_front();
    m_entries.clear();
    m_ssrc = ssrc;
    m_next = sequence;
}

void RtpReorder::push(std::uint16_t sequence, std::uint32_t ssrc, std::vector<std::uint8_t> bytes, MonoTime arrival)
{
    if (m_ssrc != ssrc)
        restart(sequence, ssrc);
    auto ahead = static_cast<std::int16_t>(static_cast<std::uint16_t>(sequence - static_cast<std::uint16_t>(m_next)));
    if (ahead < -kRestartDistance) {
        restart(sequence, ssrc);
        ahead = 0;
    }
    const std::int64_t number = m_next + ahead;
    const auto at = std::lower_bound(m_entries.begin(), m_entries.end(), number,
                                     [](const Entry &entry, std::int64_t wanted) { return entry.number < wanted; });
    if (ahead < 0 || (at != m_entries.end() && at->number == number)) {
        ++m_late;
        return;
    }
    m_entries.insert(at, {number, {std::move(bytes), arrival}});
}

std::optional<RtpReorder::Held> RtpReorder::take(MonoTime now)
{
    if (!m_flushed.empty()) {
        Held held = std::move(m_flushed.front());
        m_flushed.pop_front();
        return held;
    }
    if (m_entries.empty())
        return std::nullopt;
    if (m_entries.front().number != m_next && m_entries.size() <= kMaxPackets && now < *due())
        return std::nullopt;
    m_next = m_entries.front().number + 1;
    Held held = std::move(m_entries.front().held);
    m_entries.pop_front();
    return held;
}

std::optional<MonoTime> RtpReorder::due() const
{
    if (!m_flushed.empty())
        return m_flushed.front().arrival;
    if (m_entries.empty())
        return std::nullopt;
    const auto oldest = std::min_element(m_entries.begin(), m_entries.end(), [](const Entry &a, const Entry &b) {
        return a.held.arrival < b.held.arrival;
    });
    return oldest->held.arrival + kMaxWait;
}

} // namespace vedette::net
