// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/http/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace vedette::agent {

/// The way from any thread onto the HTTP worker that stays safe when the server has gone. Thread-safe.
class IoDoor {
public:
    explicit IoDoor(boost::asio::io_context &io) : m_io(&io) {}

    template <typename Function>
    void post(Function function)
    {
        std::lock_guard lock(m_mutex);
        if (m_io)
            boost::asio::post(*m_io, std::move(function));
    }
    void close()
    {
        std::lock_guard lock(m_mutex);
        m_io = nullptr;
    }

private:
    std::mutex m_mutex; // guards m_io
    boost::asio::io_context *m_io;
};

/// One handler on its way to the main thread. Whoever comes first decides: begin() on the main thread, abandon() at the
/// deadline on the HTTP worker; a call that was abandoned never runs, so a command is not obeyed after its 503.
class MainThreadCall {
public:
    bool begin() { return take(State::Running); }
    bool abandon() { return take(State::Abandoned); }

private:
    enum class State : std::uint8_t { Waiting, Running, Abandoned };
    bool take(State next)
    {
        State expected = State::Waiting;
        return m_state.compare_exchange_strong(expected, next);
    }
    std::atomic<State> m_state{State::Waiting};
};

} // namespace vedette::agent
