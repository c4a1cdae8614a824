// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/file_waiter.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vedette::agent {

FileWaiter::FileWaiter() : m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

FileWaiter::~FileWaiter()
{
    if (m_wake >= 0)
        ::close(m_wake);
}

FileWaiter::Outcome FileWaiter::wait(std::span<const int> files, milliseconds limit, const std::stop_token &stop)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    const std::stop_callback interrupt(stop, [this] { (void)::eventfd_write(m_wake, 1); });
    std::array<pollfd, 5> fds{pollfd{m_wake, POLLIN, 0}};
    const std::size_t count = std::min(files.size(), fds.size() - 1);
    for (std::size_t i = 0; i < count; ++i)
        fds[i + 1] = {files[i], POLLIN, 0};
    for (;;) {
        if (stop.stop_requested())
            return Outcome::Stopped;
        if (fds[0].revents != 0) { // a stop of an earlier wait
            eventfd_t ignored = 0;
            (void)::eventfd_read(m_wake, &ignored);
        }
        const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        for (pollfd &each : fds)
            each.revents = 0;
        const int ready = ::poll(fds.data(), count + 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (ready > 0 && fds[0].revents == 0)
            return Outcome::Ready;
        if (ready < 0 && errno != EINTR)
            return Outcome::Ready; // the read that follows says what is wrong
        if (left <= milliseconds{0})
            return Outcome::TimedOut;
    }
}

} // namespace vedette::agent
