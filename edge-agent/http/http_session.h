// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/http/http_wire.h"
#include "edge-agent/http/main_thread_call.h"
#include "edge-agent/http/router.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>
#include <set>

namespace vedette::agent {

class HttpSession;

/// What the sessions of one server share. Belongs to the HTTP worker except where said.
struct HttpShared {
    boost::asio::io_context io;
    std::shared_ptr<IoDoor> door = std::make_shared<IoDoor>(io);
    HttpLimits limits;
    Router router;                               ///< read-only while the server runs
    QObject *mainThread = nullptr;               ///< the server; outlives the worker
    std::set<std::shared_ptr<HttpSession>> sessions;
    std::atomic<int> open{0};                    ///< any thread, like the counters
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> stalled{0};
};

/// One connection: reads a request, has it answered on the main thread, writes the answer, and again. Bound to the HTTP
/// worker. Every wait has a deadline from HttpLimits; whatever breaks ends the connection only.
class HttpSession final : public std::enable_shared_from_this<HttpSession> {
public:
    HttpSession(boost::asio::ip::tcp::socket socket, HttpShared &shared);

    void start();
    /// Too many connections: 503 and the end.
    void refuse();
    void close();

private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
    using Then = void (HttpSession::*)();
    using ErrorCode = boost::system::error_code;

    void setDeadline(milliseconds after, Then expired);
    void clearDeadline();

    void readHeader();
    void headerTimedOut();
    void gotHeader(ErrorCode error);
    void readBody();
    void bodyTimedOut();
    void gotBody(ErrorCode error);
    void rejectBroken(ErrorCode error);
    void serveRequest();
    std::optional<HttpResponse> refusal(const Router::Match &match, const HttpTarget &target) const;

    void callMainThread(const HttpAction &action, HttpRequest request);
    void handlerTimedOut();
    void keep(const std::shared_ptr<MainThreadCall> &call, std::shared_ptr<void> kept);
    void answer(const std::shared_ptr<MainThreadCall> &call, HttpResponse response);

    void send(const HttpResponse &response);
    void sendAndClose(const HttpResponse &response);
    void startStream(const HttpResponse &response);
    QByteArray framed(const QByteArray &bytes) const;
    void pump();
    void watchForClose();
    void write(QByteArray bytes, Then then);
    void writeSlice();
    void writeStalled();
    void finishAnswer();
    void linger();
    void drain();

    boost::asio::ip::tcp::socket m_socket;
    HttpShared &m_shared;
    boost::asio::steady_timer m_deadline;
    unsigned m_deadlineNumber = 0;
    bool m_timedOut = false;

    boost::beast::flat_buffer m_buffer;
    std::optional<Parser> m_parser;
    bool m_head = false;
    bool m_keepAlive = false;
    bool m_http11 = true;
    std::shared_ptr<MainThreadCall> m_call;
    std::shared_ptr<void> m_kept; ///< of m_call, see HttpLaterHandler
    std::shared_ptr<HttpBody> m_body;
    std::optional<qint64> m_left; ///< of a body whose length was told

    QByteArray m_out;
    qsizetype m_written = 0;
    bool m_writing = false;
    Then m_then = nullptr;
    std::size_t m_drained = 0;
};

} // namespace vedette::agent
