// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace vedette {

struct QueueCount {
    std::uint64_t pushed = 0;
    std::uint64_t dropped = 0;
    std::size_t size = 0;
};

/// A named FIFO with a fixed capacity that drops its oldest entry when full and counts it.
/// Thread-safe. Packets, which must drop to a key frame, use media::PacketTee instead.
template <typename T>
class BoundedQueue {
public:
    BoundedQueue(std::string name, std::size_t capacity) : m_name(std::move(name)), m_capacity(capacity) {}

    const std::string &name() const { return m_name; }

    /// Returns false when the oldest entry had to go.
    bool push(T value)
    {
        bool kept = true;
        {
            std::lock_guard lock(m_mutex);
            if (m_entries.size() >= m_capacity) {
                m_entries.pop_front();
                ++m_count.dropped;
                kept = false;
            }
            m_entries.push_back(std::move(value));
            ++m_count.pushed;
        }
        m_ready.notify_one();
        return kept;
    }

    std::optional<T> tryPop()
    {
        std::lock_guard lock(m_mutex);
        return take();
    }

    /// Waits until an entry, the stop or the time-out comes; empty in the last two cases.
    std::optional<T> pop(std::stop_token stop, milliseconds timeout)
    {
        std::unique_lock lock(m_mutex);
        m_ready.wait_for(lock, stop, timeout, [this] { return !m_entries.empty(); });
        return take();
    }

    QueueCount count() const
    {
        std::lock_guard lock(m_mutex);
        QueueCount c = m_count;
        c.size = m_entries.size();
        return c;
    }

    void clear()
    {
        std::lock_guard lock(m_mutex);
        m_entries.clear();
    }

private:
    std::optional<T> take()
    {
        if (m_entries.empty())
            return std::nullopt;
        std::optional<T> value(std::move(m_entries.front()));
        m_entries.pop_front();
        return value;
    }

    const std::string m_name;
    const std::size_t m_capacity;
    mutable std::mutex m_mutex; // guards m_entries and m_count
    std::condition_variable_any m_ready;
    std::deque<T> m_entries;
    QueueCount m_count;
};

} // namespace vedette
