// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/http/http_server.h"

#include "core/base/worker.h"
#include "edge-agent/http/http_session.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace vedette::agent {
namespace {

namespace net = boost::asio;
using net::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr int kMaxRefusing = 16;                  // connections above the limit that are told so, the rest are just closed
constexpr int kSendBuffer = 512 << 10;            // bytes; keeps live pictures out of the kernel's queue
constexpr milliseconds kAcceptPause{100};         // after running out of file descriptors

QString sentence(const ErrorCode &error)
{
    return QString::fromStdString(error.message());
}

} // namespace

struct HttpServer::Private {
    explicit Private(const HttpLimits &limits, QObject *mainThread)
        : shared(std::make_unique<HttpShared>()), acceptor(shared->io), pause(shared->io)
    {
        shared->limits = limits;
        shared->mainThread = mainThread;
    }

    Status listen(const tcp::endpoint &endpoint);
    void accept();
    void admit(tcp::socket socket);

    std::unique_ptr<HttpShared> shared;
    tcp::acceptor acceptor;
    net::steady_timer pause;
    int port = 0;
    SystemClock clock;
    Pulse pulse;
    Worker worker;
};

Status HttpServer::Private::listen(const tcp::endpoint &endpoint)
{
    ErrorCode error;
    acceptor.open(endpoint.protocol(), error);
    if (!error)
        acceptor.set_option(net::socket_base::reuse_address(true), error);
    if (!error)
        acceptor.bind(endpoint, error);
    if (!error)
        acceptor.listen(net::socket_base::max_listen_connections, error);
    if (!error)
        return {};
    ErrorCode ignored;
    acceptor.close(ignored);
    const QString where = QStringLiteral("%1 port %2").arg(QString::fromStdString(endpoint.address().to_string())).arg(endpoint.port());
    if (error == net::error::address_in_use)
        return fail(ErrorKind::Unavailable, QStringLiteral("Cannot listen on %1: another program uses this port.").arg(where));
    if (error == net::error::access_denied)
        return fail(ErrorKind::Denied, QStringLiteral("Cannot listen on %1: permission denied.").arg(where));
    return fail(ErrorKind::Unavailable, QStringLiteral("Cannot listen on %1: %2.").arg(where, sentence(error)));
}

void HttpServer::Private::accept()
{
    acceptor.async_accept([this](ErrorCode error, tcp::socket socket) {
        if (!acceptor.is_open())
            return;
        if (!error) {
            admit(std::move(socket));
            accept();
            return;
        }
        pause.expires_after(kAcceptPause);
        pause.async_wait([this](ErrorCode stopped) {
            if (!stopped)
                accept();
        });
    });
}

void HttpServer::Private::admit(tcp::socket socket)
{
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(net::socket_base::send_buffer_size(kSendBuffer), ignored);
    ++shared->connections;
    const int open = shared->open;
    const bool full = open >= shared->limits.connections;
    if (full)
        ++shared->refused;
    if (open >= shared->limits.connections + kMaxRefusing)
        return;
    auto session = std::make_shared<HttpSession>(std::move(socket), *shared);
    shared->sessions.insert(session);
    ++shared->open;
    if (full)
        session->refuse();
    else
        session->start();
}

HttpServer::HttpServer(const HttpLimits &limits, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(limits, this))
{
}

HttpServer::~HttpServer()
{
    stop();
}

void HttpServer::addRoute(const QString &pattern, HttpPolicy policy, HttpHandler handler)
{
    d->shared->router.add(pattern, policy, std::move(handler));
}

void HttpServer::addStream(const QString &pattern, HttpBodyHandler handler)
{
    d->shared->router.add(pattern, HttpPolicy::Read, std::move(handler));
}

void HttpServer::addLater(const QString &pattern, HttpLaterHandler handler, HttpPolicy policy)
{
    d->shared->router.add(pattern, policy, std::move(handler));
}

Status HttpServer::start(const QString &address, int port)
{
    ErrorCode error;
    const QString literal = address == QLatin1String("localhost") ? QStringLiteral("127.0.0.1") : address;
    const auto ip = net::ip::make_address(literal.toStdString(), error);
    if (error)
        return fail(ErrorKind::InvalidInput, QStringLiteral("\"%1\" is not an IP address to listen on.").arg(address));
    if (!ip.is_loopback()) {
        return fail(ErrorKind::Denied, QStringLiteral("Listening on %1 is refused: only loopback addresses are allowed "
                                                      "until access tokens exist.").arg(address));
    }
    if (port < 0 || port > 65535)
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1 is not a port number.").arg(port));
    if (auto listening = d->listen({ip, static_cast<quint16>(port)}); !listening)
        return listening;
    d->port = d->acceptor.local_endpoint(error).port();
    d->accept();
    d->worker = Worker("http", [io = &d->shared->io](std::stop_token stop) {
        const std::stop_callback end(stop, [io] { io->stop(); });
        io->run();
    });
    d->pulse.beat(d->clock.now());
    return {};
}

void HttpServer::stop()
{
    if (!d->worker.running())
        return;
    d->shared->door->close();
    d->worker.stop();
    d->pulse.rest();
    // The worker has ended: its sessions are this thread's now.
    ErrorCode ignored;
    d->acceptor.close(ignored);
    while (!d->shared->sessions.empty())
        (*d->shared->sessions.begin())->close();
    // Answers that the stopped loop had not handed over hold bodies, cancelled waits hold sessions: let them end.
    d->shared->io.restart();
    d->shared->io.poll();
}

void HttpServer::checkPulse()
{
    if (d->worker.running())
        net::post(d->shared->io, [this] { d->pulse.beat(d->clock.now()); });
}

const Pulse &HttpServer::pulse() const
{
    return d->pulse;
}

int HttpServer::port() const
{
    return d->port;
}

HttpCounts HttpServer::counts() const
{
    const HttpShared &s = *d->shared;
    return {s.connections, s.requests, s.refused, s.stalled, s.open};
}

} // namespace vedette::agent
