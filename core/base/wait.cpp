// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/wait.h"

#include <condition_variable>
#include <mutex>

namespace vedette {

bool waitUntil(const Clock &clock, MonoTime due, std::stop_token stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        const microseconds left = due - clock.now();
        if (left <= microseconds{0})
            return true;
        never.wait_for(lock, stop, left, [] { return false; });
    }
    return false;
}

} // namespace vedette
