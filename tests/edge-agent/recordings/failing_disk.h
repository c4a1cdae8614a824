// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/recordings/segment_disk.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

namespace vedette::test {

/// The kernel's disk, on which chosen calls fail. Thread-safe.
class FailingDisk final : public agent::SegmentDisk {
public:
    /// The n-th call from now on (from 1), closing not counted, gives error instead; forLater: all after it, too.
    void failAt(int n, int error, bool forLater = false)
    {
        m_calls = 0;
        m_error = error;
        m_forLater = forLater;
        m_failing = n;
    }
    void heal() { m_failing = 0; }
    /// Writes take so many bytes at most; a disk may.
    void limitWrites(std::size_t bytes) { m_most = bytes; }
    /// Writes wait from now on.
    void hold()
    {
        std::lock_guard lock(m_mutex);
        m_hold = true;
    }
    bool waitUntilHeld()
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(20), [this] { return m_held; });
    }
    void release()
    {
        {
            std::lock_guard lock(m_mutex);
            m_hold = false;
        }
        m_changed.notify_all();
    }
    int calls() const { return m_calls; }
    int syncs() const { return m_syncs; }
    int open() const { return m_open; } ///< descriptors

    int openAt(int folder, const QByteArray &name, int flags, unsigned mode) override
    {
        const int file = fails() ? -m_error : m_disk.openAt(folder, name, flags, mode);
        m_open += file >= 0 ? 1 : 0;
        return file;
    }
    int makeFolderAt(int folder, const QByteArray &name, unsigned mode) override { return fails() ? -m_error : m_disk.makeFolderAt(folder, name, mode); }
    std::int64_t write(int file, std::span<const std::uint8_t> bytes) override
    {
        waitAtGate();
        return fails() ? -m_error : m_disk.write(file, bytes.first(std::min(bytes.size(), m_most.load())));
    }
    std::int64_t readAt(int file, std::span<std::uint8_t> bytes, std::int64_t offset) override { return fails() ? -m_error : m_disk.readAt(file, bytes, offset); }
    int truncate(int file, std::int64_t size) override { return fails() ? -m_error : m_disk.truncate(file, size); }
    int renameAt(int folder, const QByteArray &from, const QByteArray &to) override { return fails() ? -m_error : m_disk.renameAt(folder, from, to); }
    int sync(int file) override
    {
        ++m_syncs;
        return fails() ? -m_error : m_disk.sync(file);
    }
    int syncData(int file) override
    {
        ++m_syncs;
        return fails() ? -m_error : m_disk.syncData(file);
    }
    std::int64_t size(int file) override { return fails() ? -m_error : m_disk.size(file); }
    int links(int file) override { return fails() ? -m_error : m_disk.links(file); }
    int close(int file) override
    {
        --m_open;
        return m_disk.close(file);
    }

private:
    void waitAtGate()
    {
        std::unique_lock lock(m_mutex);
        m_held = m_hold;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return !m_hold; });
        m_held = false;
    }
    bool fails()
    {
        const int call = ++m_calls;
        const int failing = m_failing;
        return failing > 0 && (call == failing || (m_forLater && call > failing));
    }

    agent::SegmentDisk &m_disk = agent::linuxSegmentDisk();
    std::mutex m_mutex; // guards the two below
    bool m_hold = false;
    bool m_held = false;
    std::condition_variable m_changed;
    std::atomic<int> m_calls{0};
    std::atomic<int> m_failing{0};
    std::atomic<int> m_error{0};
    std::atomic<bool> m_forLater{false};
    std::atomic<std::size_t> m_most{SIZE_MAX};
    std::atomic<int> m_syncs{0};
    std::atomic<int> m_open{0};
};

} // namespace vedette::test
