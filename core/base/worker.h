// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <stop_token>
#include <thread>

namespace vedette {

/// Owns one thread; the only place where threads are made. Thread-bound to its owner.
/// The body gets a stop token and must return soon after a stop is requested: every blocking
/// call in it has a deadline or is interrupted by a std::stop_callback.
/// The destructor requests the stop and joins.
class Worker {
public:
    Worker() = default;
    /// name: shown by ps and gdb, at most 15 bytes (pthread_setname_np).
    Worker(const std::string &name, std::function<void(std::stop_token)> body);
    ~Worker();
    Worker(Worker &&) noexcept = default;
    Worker &operator=(Worker &&other) noexcept;

    bool running() const { return m_thread.joinable(); }
    /// Asks without waiting. Idempotent.
    void requestStop();
    /// Asks and joins. Idempotent.
    void stop();

private:
    std::jthread m_thread;
};

} // namespace vedette
