// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace vedette::net {

/// Puts RTP packets that came by UDP into the order of their sequence numbers. A hole is waited for, bounded in time and
/// in packets; then the next one is given out and whoever counts sees the loss. Repeated packets and those that come after
/// their hole was given up are dropped. Pure; reentrant.
class RtpReorder {
public:
    static constexpr microseconds kMaxWait{40'000};   ///< no more than a picture's time is given to a late packet
    static constexpr std::size_t kMaxPackets = 256;
    static constexpr int kRestartDistance = 100;      ///< so far behind is a sender that began anew (RFC 3550, A.1: MAX_MISORDER)

    struct Held {
        std::vector<std::uint8_t> bytes;
        MonoTime arrival{};
    };

    /// bytes: a whole RTP packet, sequence and ssrc as parsed from it.
    void push(std::uint16_t sequence, std::uint32_t ssrc, std::vector<std::uint8_t> bytes, MonoTime arrival);
    /// The next one in order, or the one after a hole that was waited for long enough.
    std::optional<Held> take(MonoTime now);
    /// When take() will give up a hole; empty while nothing is held.
    std::optional<MonoTime> due() const;
    /// Packets thrown away because they came twice or too late.
    std::uint64_t late() const { return m_late; }

private:
    struct Entry {
        std::int64_t number; // sequence without its wrap
        Held held;
    };
    void restart(std::uint16_t sequence, std::uint32_t ssrc);

    std::deque<Entry> m_entries;   // by number
    std::deque<Held> m_flushed;    // of a sender that began anew: go out first
    std::optional<std::uint32_t> m_ssrc;
    std::int64_t m_next = 0;       // number that is due
    std::uint64_t m_late = 0;
};

} // namespace vedette::net
