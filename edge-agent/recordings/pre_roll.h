// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <deque>
#include <vector>

namespace vedette::agent {

/// The newest pictures and sound of a stream in memory, as whole groups of pictures, while they are not recorded: what lies
/// before a trigger. At most kMaxBytes; beyond, the oldest groups go and their pictures are counted. Thread-bound.
class PreRoll {
public:
    static constexpr std::size_t kMaxBytes = 64U << 20; ///< a minute at 8 Mbit/s
    static constexpr std::chrono::seconds kQuiet{2}; ///< pictures come at least so often, or they are of another time

    /// span: what is to be there of the time before the newest picture; the group that lies across its beginning is whole.
    explicit PreRoll(microseconds span, std::size_t maxBytes = kMaxBytes) : m_span(span), m_maxBytes(maxBytes) {}

    /// In the order of the tee. What comes before the first key frame is no use.
    void push(const media::PacketPtr &packet);
    /// Lets go of what lies before the span.
    void expire(MonoTime now);
    /// Oldest first; leaves none.
    std::vector<media::PacketPtr> take();
    void clear();
    bool empty() const { return m_groups.empty(); }
    std::size_t bytes() const { return m_bytes; }
    /// Pictures that the bound of bytes cost.
    std::uint64_t dropped() const { return m_dropped; }

private:
    struct Group {
        std::vector<media::PacketPtr> packets; ///< the key frame first
        std::size_t bytes = 0;
        std::uint64_t pictures = 0;
    };
    void dropOldest();

    const microseconds m_span;
    const std::size_t m_maxBytes;
    std::deque<Group> m_groups;
    std::size_t m_bytes = 0;
    std::uint64_t m_dropped = 0;
    bool m_overflowed = false; ///< the rest of a group that is larger than the bound
};

} // namespace vedette::agent
