// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/worker.h"

#include <pthread.h>
#include <csignal>

namespace vedette {

Worker::Worker(const std::string &name, std::function<void(std::stop_token)> body)
    : m_thread([shortName = name.substr(0, 15), run = std::move(body)](std::stop_token stop) {
        pthread_setname_np(pthread_self(), shortName.c_str());
        // Signals belong to the main thread, which turns them into a clean stop.
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        run(stop);
    })
{
}

Worker::~Worker()
{
    stop();
}

Worker &Worker::operator=(Worker &&other) noexcept
{
    if (this != &other) {
        stop();
        m_thread = std::move(other.m_thread);
    }
    return *this;
}

void Worker::requestStop()
{
    m_thread.request_stop();
}

void Worker::stop()
{
    if (m_thread.joinable()) {
        m_thread.request_stop();
        m_thread.join();
    }
}

} // namespace vedette
