// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/pulse.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QHash>
#include <QObject>
#include <QString>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace vedette::agent {

struct HttpRequest {
    QByteArray method;
    QString path;
    QHash<QString, QString> parameters; ///< from the route pattern: "/live/{camera}/{file}"
    QHash<QString, QString> query;
    QByteArray body;
    QHash<QByteArray, QByteArray> headers;     ///< names in lower case
};
/// A whole number of the query; the fallback when it is not there. InvalidInput names it.
Result<std::int64_t> queryNumber(const HttpRequest &request, const QString &name, std::int64_t fallback, std::int64_t low, std::int64_t high);

class HttpBody;

struct HttpResponse {
    int status = 200;
    QByteArray contentType = "application/json";
    QByteArray body;
    QHash<QByteArray, QByteArray> headers;
    std::shared_ptr<HttpBody> stream;  ///< in place of body, pulled on the HTTP worker
    std::optional<std::int64_t> length; ///< of stream, bytes; empty: unknown
};
/// The table of HTTP statuses by kind, and {"error":{"kind":…,"detail":…}}.
HttpResponse errorResponse(const Error &error);

/// An endless or long body, pulled on the HTTP worker as the client reads. Bounded by its maker.
class HttpBody {
public:
    virtual ~HttpBody() = default;
    virtual QByteArray contentType() const = 0;
    /// What is ready now: bytes to send, empty when nothing is ready yet. HTTP worker.
    virtual QByteArray read() = 0;
    virtual bool atEnd() const = 0;
    /// notify may be called from any thread when read() will give something or atEnd() has become true.
    virtual void onReadable(std::function<void()> notify) = 0;
};

/// Runs on the main thread, posted by the HTTP worker with a deadline; past it the client gets 503.
using HttpHandler = std::function<HttpResponse(const HttpRequest &)>;
/// Runs on the main thread; the body that it returns is then pulled on the HTTP worker.
using HttpBodyHandler = std::function<Result<std::unique_ptr<HttpBody>>(const HttpRequest &)>;

/// For one answer that comes later: from any thread, at most once; after the deadline it goes nowhere.
using HttpReply = std::function<void(HttpResponse)>;
/// Runs on the main thread; what it returns, if anything, is kept until the answer is there or the client has gone. What
/// it makes wait holds no strong reference to it.
using HttpLaterHandler = std::function<std::shared_ptr<void>(const HttpRequest &, HttpReply)>;

/// Bounds of everything a client can make the port hold or wait for; other values are for tests.
struct HttpLimits {
    std::size_t headerBytes = 16U << 10;
    std::size_t bodyBytes = 1U << 20;
    int connections = 64;
    milliseconds header{10'000};  ///< for a whole header; a connection without a request is closed after it
    milliseconds body{30'000};    ///< for a whole request body
    milliseconds handler{5'000};  ///< for a handler's answer
    milliseconds stall{15'000};   ///< for each 64 KiB of an answer
};

/// Since start().
struct HttpCounts {
    std::uint64_t connections = 0;
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;    ///< connections above the limit
    std::uint64_t stalled = 0;    ///< readers cut because they did not read
    int open = 0;
};

/// How a route may be reached until tokens exist.
enum class HttpPolicy : std::uint8_t {
    Read,    ///< GET and HEAD
    Command, ///< POST with a loopback Host header and Content-Type application/json
};

/// The agent's one port: one Worker with one io_context (Boost.Beast). Knows no flow: each flow offers routes.
/// Limits: header 16 KiB, body 1 MiB, 64 connections, 10 s for a header, 30 s for a body; a stalled reader of a long
/// body is cut after 15 s. 404 and 405 (with Allow) by itself. Main thread.
class HttpServer : public QObject {
    Q_OBJECT
public:
    explicit HttpServer(const HttpLimits &limits = {}, QObject *parent = nullptr);
    ~HttpServer() override;

    /// Before start(). Path parameters in braces match one segment.
    void addRoute(const QString &pattern, HttpPolicy policy, HttpHandler handler);
    void addStream(const QString &pattern, HttpBodyHandler handler);
    /// Past the handler's deadline the client gets 503.
    void addLater(const QString &pattern, HttpLaterHandler handler, HttpPolicy policy = HttpPolicy::Read);

    /// Denied for a non-loopback address; Unavailable when the port is in use. Port 0 takes a free one.
    Status start(const QString &address, int port);
    /// Ends every connection, also unfinished ones; at most 1 s. Idempotent.
    void stop();
    int port() const;   ///< 0 before start()
    HttpCounts counts() const;
    /// Asks the worker for a sign of life; pulse() falls silent when none comes.
    void checkPulse();
    const Pulse &pulse() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::agent
