// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <span>
#include <stop_token>

namespace vedette::agent {

/// Waits for files by poll(2), ended at once by a stop. Used by one thread; the files stay their owner's.
class FileWaiter {
public:
    enum class Outcome : std::uint8_t { Ready, TimedOut, Stopped };

    FileWaiter();
    ~FileWaiter();
    FileWaiter(const FileWaiter &) = delete;
    FileWaiter &operator=(const FileWaiter &) = delete;

    /// Ready when at least one can be read, has ended or failed; at most 4 files, -1 for none. A limit of 0 only looks.
    Outcome wait(std::span<const int> files, milliseconds limit, const std::stop_token &stop);

private:
    const int m_wake; ///< an eventfd; -1 where the process has no file left: then a stop is seen at the limit
};

} // namespace vedette::agent
