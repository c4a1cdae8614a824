// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/http/http_session.h"

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include <netinet/tcp.h>

namespace vedette::agent {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;

constexpr qsizetype kSlice = 64 << 10;               // one deadline of HttpLimits::stall each
constexpr int kUnsent = 128 << 10;                   // what the kernel may hold back of a stream for a slow reader
constexpr milliseconds kLinger{1000};                // for a client to read our last words
constexpr std::size_t kMaxDrained = 2U << 20;        // of a request that was refused unread

QByteArray bytesOf(boost::beast::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

HttpResponse problem(int status, ErrorKind kind, const QString &sentence)
{
    return errorResponse(status, Error{kind, sentence, nullptr});
}

} // namespace

HttpSession::HttpSession(net::ip::tcp::socket socket, HttpShared &shared)
    : m_socket(std::move(socket)), m_shared(shared), m_deadline(shared.io)
{
}

void HttpSession::start()
{
    readHeader();
}

void HttpSession::refuse()
{
    sendAndClose(problem(503, ErrorKind::Unavailable, QStringLiteral("Too many connections: at most %1.").arg(m_shared.limits.connections)));
}

void HttpSession::close()
{
    clearDeadline();
    ErrorCode ignored;
    m_socket.close(ignored);
    m_body.reset();
    m_kept.reset();
    if (m_call)
        m_call->abandon();
    m_call.reset();
    if (m_shared.sessions.erase(shared_from_this()) > 0)
        --m_shared.open;
}

void HttpSession::setDeadline(milliseconds after, Then expired)
{
    m_deadline.expires_after(after);
    m_deadline.async_wait([self = shared_from_this(), number = ++m_deadlineNumber, expired](ErrorCode error) {
        if (!error && number == self->m_deadlineNumber)
            (self.get()->*expired)();
    });
}

void HttpSession::clearDeadline()
{
    ++m_deadlineNumber;
    m_deadline.cancel();
}

// ---- reading -------------------------------------------------------------------------------------------------------

void HttpSession::readHeader()
{
    m_timedOut = false;
    m_parser.emplace();
    m_parser->header_limit(static_cast<std::uint32_t>(m_shared.limits.headerBytes));
    m_parser->body_limit(m_shared.limits.bodyBytes);
    setDeadline(m_shared.limits.header, &HttpSession::headerTimedOut);
    http::async_read_header(m_socket, m_buffer, *m_parser,
                            [self = shared_from_this()](ErrorCode error, std::size_t) { self->gotHeader(error); });
}

void HttpSession::headerTimedOut()
{
    // An idle connection just ends; one that has begun a request is told why.
    if (!m_parser->got_some() && m_buffer.size() == 0) {
        close();
        return;
    }
    m_timedOut = true;
    ErrorCode ignored;
    m_socket.cancel(ignored);
}

void HttpSession::gotHeader(ErrorCode error)
{
    if (!m_socket.is_open())
        return;
    if (m_timedOut) {
        sendAndClose(problem(408, ErrorKind::Timeout, QStringLiteral("The request header did not arrive in time.")));
        return;
    }
    if (error) {
        rejectBroken(error);
        return;
    }
    readBody();
}

void HttpSession::readBody()
{
    setDeadline(m_shared.limits.body, &HttpSession::bodyTimedOut);
    auto read = [self = shared_from_this()](ErrorCode error, std::size_t) {
        if (error) {
            self->gotBody(error);
            return;
        }
        http::async_read(self->m_socket, self->m_buffer, *self->m_parser,
                         [self](ErrorCode failed, std::size_t) { self->gotBody(failed); });
    };
    if (boost::beast::iequals(m_parser->get()[http::field::expect], "100-continue") && !m_parser->is_done()) {
        static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
        net::async_write(m_socket, net::buffer(kContinue, sizeof kContinue - 1), std::move(read));
    } else {
        read({}, 0);
    }
}

void HttpSession::bodyTimedOut()
{
    m_timedOut = true;
    ErrorCode ignored;
    m_socket.cancel(ignored);
}

void HttpSession::gotBody(ErrorCode error)
{
    if (!m_socket.is_open())
        return;
    clearDeadline();
    if (m_timedOut)
        sendAndClose(problem(408, ErrorKind::Timeout, QStringLiteral("The request body did not arrive in time.")));
    else if (error)
        rejectBroken(error);
    else
        serveRequest();
}

void HttpSession::rejectBroken(ErrorCode error)
{
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        sendAndClose(problem(431, ErrorKind::InvalidInput,
                             QStringLiteral("The request header is longer than %1 bytes.").arg(m_shared.limits.headerBytes)));
    } else if (error == http::error::body_limit) {
        sendAndClose(problem(413, ErrorKind::InvalidInput,
                             QStringLiteral("The request body is longer than %1 bytes.").arg(m_shared.limits.bodyBytes)));
    } else if (error.category() == http::make_error_code(http::error::bad_method).category()
               && error != http::error::end_of_stream && error != http::error::partial_message) {
        sendAndClose(problem(400, ErrorKind::InvalidInput,
                             QStringLiteral("This is not an HTTP request: %1.").arg(QString::fromStdString(error.message()))));
    } else {
        close();
    }
}

// ---- serving -------------------------------------------------------------------------------------------------------

void HttpSession::serveRequest()
{
    ++m_shared.requests;
    const auto &message = m_parser->get();
    m_http11 = message.version() >= 11;
    m_keepAlive = message.keep_alive();
    m_head = message.method() == http::verb::head;
    const QByteArray method = bytesOf(message.method_string());
    if (const auto hosts = message.count(http::field::host); hosts > 1 || (m_http11 && hosts == 0)) {
        sendAndClose(problem(400, ErrorKind::InvalidInput, QStringLiteral("The request needs exactly one Host header.")));
        return;
    }
    const auto target = parseTarget(bytesOf(message.target()));
    if (!target) {
        sendAndClose(problem(400, ErrorKind::InvalidInput, QStringLiteral("The request target is not a valid path.")));
        return;
    }
    const Router::Match match = m_shared.router.match(method, target->segments);
    if (const auto refused = refusal(match, *target)) {
        send(*refused);
        return;
    }
    HttpRequest request{method, target->path, match.parameters, target->query,
                        QByteArray(message.body().data(), static_cast<qsizetype>(message.body().size())), {}};
    for (const auto &field : message)
        request.headers.insert(bytesOf(field.name_string()).toLower(), bytesOf(field.value()));
    callMainThread(*match.action, std::move(request));
}

std::optional<HttpResponse> HttpSession::refusal(const Router::Match &match, const HttpTarget &target) const
{
    if (match.allowed.isEmpty())
        return problem(404, ErrorKind::NotFound, QStringLiteral("There is nothing at %1.").arg(target.path));
    if (!match.action) {
        HttpResponse response = problem(405, ErrorKind::Unsupported, QStringLiteral("%1 takes only %2.")
                                            .arg(target.path, QString::fromLatin1(match.allowed.join(", "))));
        response.headers.insert(QByteArrayLiteral("Allow"), match.allowed.join(", "));
        return response;
    }
    if (match.policy != HttpPolicy::Command)
        return std::nullopt;
    const auto &message = m_parser->get();
    if (!isLoopbackHost(bytesOf(message[http::field::host])))
        return problem(403, ErrorKind::Denied, QStringLiteral("Commands are taken only with a loopback Host header."));
    if (!isJson(bytesOf(message[http::field::content_type])))
        return problem(415, ErrorKind::InvalidInput, QStringLiteral("Commands are taken only as Content-Type application/json."));
    return std::nullopt;
}

void HttpSession::callMainThread(const HttpAction &action, HttpRequest request)
{
    m_call = std::make_shared<MainThreadCall>();
    setDeadline(m_shared.limits.handler, &HttpSession::handlerTimedOut);
    // Only weak references travel, so that a session always dies on the HTTP worker.
    auto run = [call = m_call, session = weak_from_this(), door = m_shared.door, &action, request = std::move(request)] {
        if (!call->begin())
            return;
        const auto reply = [call, session, door](HttpResponse given) {
            door->post([call, session, given = std::move(given)]() mutable {
                if (const auto self = session.lock())
                    self->answer(call, std::move(given));
            });
        };
        if (const auto *handler = std::get_if<HttpHandler>(&action)) {
            reply((*handler)(request));
        } else if (const auto *later = std::get_if<HttpLaterHandler>(&action)) {
            door->post([call, session, kept = (*later)(request, reply)]() mutable {
                if (const auto self = session.lock())
                    self->keep(call, std::move(kept));
            });
        } else if (auto body = std::get<HttpBodyHandler>(action)(request)) {
            HttpResponse response;
            response.contentType = (*body)->contentType();
            response.stream = std::move(*body);
            reply(std::move(response));
        } else {
            reply(errorResponse(body.error()));
        }
    };
    QMetaObject::invokeMethod(m_shared.mainThread, std::move(run), Qt::QueuedConnection);
}

void HttpSession::handlerTimedOut()
{
    m_call->abandon();
    m_call.reset();
    m_kept.reset();
    send(problem(503, ErrorKind::Unavailable, QStringLiteral("The agent gave no answer in time; try again.")));
}

void HttpSession::keep(const std::shared_ptr<MainThreadCall> &call, std::shared_ptr<void> kept)
{
    if (call == m_call)
        m_kept = std::move(kept);
}

void HttpSession::answer(const std::shared_ptr<MainThreadCall> &call, HttpResponse response)
{
    if (call != m_call)
        return;
    m_call.reset();
    m_kept.reset();
    clearDeadline();
    if (response.stream)
        startStream(response);
    else
        send(response);
}

// ---- writing -------------------------------------------------------------------------------------------------------

void HttpSession::send(const HttpResponse &response)
{
    HttpHead head{response.status, response.contentType, response.headers, response.body.size(), false, m_keepAlive};
    write(m_head ? serialize(head) : serialize(head) + response.body, &HttpSession::finishAnswer);
}

void HttpSession::sendAndClose(const HttpResponse &response)
{
    m_keepAlive = false;
    send(response);
}

void HttpSession::startStream(const HttpResponse &response)
{
    m_left = response.length;
    if (!m_http11 && !m_left)
        m_keepAlive = false;
    HttpHead head{response.status, response.contentType, response.headers, m_left, m_http11 && !m_left, m_keepAlive};
    if (m_head) {
        write(serialize(head), &HttpSession::finishAnswer);
        return;
    }
    m_body = response.stream;
    // Without it megabytes of old pictures wait in the kernel, where the body cannot replace them by newer ones.
    ::setsockopt(m_socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsent, sizeof kUnsent);
    // One wake-up in flight at most, however often the producer calls.
    struct Wake {
        std::atomic<bool> posted{false};
    };
    m_body->onReadable([session = weak_from_this(), door = m_shared.door, wake = std::make_shared<Wake>()] {
        if (wake->posted.exchange(true))
            return;
        door->post([session, wake] {
            wake->posted = false;
            if (const auto self = session.lock())
                self->pump();
        });
    });
    watchForClose();
    write(serialize(head), &HttpSession::pump);
}

void HttpSession::pump()
{
    if (!m_body || m_writing)
        return;
    const QByteArray bytes = m_body->read();
    if (!bytes.isEmpty()) {
        if (m_left)
            *m_left -= bytes.size();
        write(framed(bytes), &HttpSession::pump);
    } else if (m_body->atEnd()) {
        m_body.reset();
        if (m_left.value_or(0) > 0)
            close(); // less than was promised: only the end of the connection can say so
        else
            write(framed({}), &HttpSession::finishAnswer);
    }
}

/// As they go out; no bytes are the end.
QByteArray HttpSession::framed(const QByteArray &bytes) const
{
    if (m_left)
        return bytes;
    return m_http11 ? chunk(bytes) : bytes;
}

void HttpSession::watchForClose()
{
    m_socket.async_wait(net::ip::tcp::socket::wait_read, [self = shared_from_this()](ErrorCode error) {
        if (error || !self->m_body)
            return;
        // Readable without bytes is the client's end; bytes are a pipelined request, which waits.
        ErrorCode ignored;
        if (self->m_socket.available(ignored) == 0)
            self->close();
    });
}

void HttpSession::write(QByteArray bytes, Then then)
{
    m_out = std::move(bytes);
    m_written = 0;
    m_then = then;
    m_writing = true;
    writeSlice();
}

void HttpSession::writeSlice()
{
    const qsizetype size = std::min(kSlice, m_out.size() - m_written);
    setDeadline(m_shared.limits.stall, &HttpSession::writeStalled);
    net::async_write(m_socket, net::buffer(m_out.constData() + m_written, static_cast<std::size_t>(size)),
                     [self = shared_from_this()](ErrorCode error, std::size_t written) {
                         if (error || !self->m_socket.is_open()) {
                             self->close();
                             return;
                         }
                         self->m_written += static_cast<qsizetype>(written);
                         if (self->m_written < self->m_out.size()) {
                             self->writeSlice();
                             return;
                         }
                         self->clearDeadline();
                         self->m_writing = false;
                         (self.get()->*self->m_then)();
                     });
}

void HttpSession::writeStalled()
{
    ++m_shared.stalled;
    close();
}

void HttpSession::finishAnswer()
{
    if (m_keepAlive)
        readHeader();
    else
        linger();
}

void HttpSession::linger()
{
    // Closing with unread input would reset the connection and destroy the answer on its way (RFC 9112, 9.6).
    ErrorCode error;
    m_socket.shutdown(net::ip::tcp::socket::shutdown_send, error);
    if (error) {
        close();
        return;
    }
    setDeadline(kLinger, &HttpSession::close);
    drain();
}

void HttpSession::drain()
{
    m_buffer.clear();
    m_socket.async_read_some(m_buffer.prepare(16U << 10), [self = shared_from_this()](ErrorCode error, std::size_t size) {
        self->m_drained += size;
        if (error || self->m_drained > kMaxDrained)
            self->close();
        else
            self->drain();
    });
}

} // namespace vedette::agent
