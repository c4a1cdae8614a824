// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/byte_stream.h"

#include "core/net/curl_error.h"

#include <curl/curl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace vedette::net {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

int remaining(SteadyTime deadline)
{
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

/// "HOST:PORT", "[::1]:554".
QString nameOf(const ByteStream::Options &options)
{
    const QString host = options.host.contains(QLatin1Char(':')) ? QLatin1Char('[') + options.host + QLatin1Char(']') : options.host;
    return QStringLiteral("%1:%2").arg(host).arg(options.port);
}

} // namespace

struct ByteStream::Private {
    CURL *easy = nullptr;
    CURLM *multi = nullptr;
    curl_socket_t socket = CURL_SOCKET_BAD;
    int wake = -1;
    Options options;
    std::array<char, CURL_ERROR_SIZE> detail{};

    Error describe(CURLcode code) const;

    /// Until the socket is ready in the direction or one of the others can be read. False at the deadline.
    Result<bool> wait(short events, std::span<const int> others, SteadyTime deadline, const std::stop_token &stop) const
    {
        const std::stop_callback interrupt(stop, [this] { (void)eventfd_write(wake, 1); });
        std::vector<pollfd> fds{{wake, POLLIN, 0}, {socket, events, 0}};
        for (const int other : others)
            fds.push_back({other, POLLIN, 0});
        for (;;) {
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
            const int ready = poll(fds.data(), static_cast<nfds_t>(fds.size()), remaining(deadline));
            if (ready == 0)
                return false;
            if (ready > 0 && std::any_of(fds.begin() + 1, fds.end(), [](const pollfd &fd) { return fd.revents != 0; }))
                return true;
            eventfd_t count = 0;
            (void)eventfd_read(wake, &count); // of an earlier wait that was stopped: a goodbye comes after it
        }
    }
};

Error ByteStream::Private::describe(CURLcode code) const
{
    long systemError = 0;
    if (code == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &systemError);
    if (systemError == ECONNREFUSED)
        return {ErrorKind::Unavailable, QStringLiteral("nothing listens at %1 (connection refused)").arg(nameOf(options)), nullptr};
    if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) // reset: what was sent last may be unread on the other side
        return {ErrorKind::Unavailable, nameOf(options) + QStringLiteral(" closed the connection"), nullptr};
    return curlError(code, detail.data()).wrap(nameOf(options));
}

ByteStream::ByteStream() : d(std::make_unique<Private>()) {}

ByteStream::~ByteStream()
{
    if (d->multi && d->easy)
        curl_multi_remove_handle(d->multi, d->easy);
    curl_easy_cleanup(d->easy);
    curl_multi_cleanup(d->multi);
    if (d->wake >= 0)
        close(d->wake);
}

Result<std::unique_ptr<ByteStream>> ByteStream::connect(const Options &options, std::stop_token stop)
{
    initialiseCurl();
    std::unique_ptr<ByteStream> stream(new ByteStream);
    Private &d = *stream->d;
    d.options = options;
    d.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    d.easy = curl_easy_init();
    d.multi = curl_multi_init();
    if (d.wake < 0 || !d.easy || !d.multi)
        return fail(ErrorKind::Internal, QStringLiteral("libcurl could not be set up"));

    const QByteArray url = QStringLiteral("%1://%2").arg(options.tls ? QStringLiteral("https") : QStringLiteral("http"), nameOf(options)).toUtf8();
    curl_easy_setopt(d.easy, CURLOPT_URL, url.constData());
    curl_easy_setopt(d.easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(d.easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(d.easy, CURLOPT_PROXY, "");
    curl_easy_setopt(d.easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(d.easy, CURLOPT_ERRORBUFFER, d.detail.data());
    curl_easy_setopt(d.easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(d.easy, CURLOPT_SSL_ENABLE_ALPN, 0L); // this is not HTTP
    curl_easy_setopt(d.easy, CURLOPT_QUICK_EXIT, 1L);      // a name server that is silent holds nobody who gives up
    curl_easy_setopt(d.easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
    if (!options.caFile.isEmpty())
        curl_easy_setopt(d.easy, CURLOPT_CAINFO, options.caFile.toUtf8().constData());
    curl_multi_add_handle(d.multi, d.easy);

    const std::stop_callback interrupt(stop, [&d] { curl_multi_wakeup(d.multi); });
    int running = 1;
    while (running > 0) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
        if (curl_multi_perform(d.multi, &running) != CURLM_OK)
            return fail(ErrorKind::Internal, QStringLiteral("libcurl failed"));
        if (running > 0)
            curl_multi_poll(d.multi, nullptr, 0, 1000, nullptr);
    }
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(d.multi, &left);
    const CURLcode code = message ? message->data.result : CURLE_FAILED_INIT;
    if (code != CURLE_OK)
        return fail(d.describe(code));
    curl_easy_getinfo(d.easy, CURLINFO_ACTIVESOCKET, &d.socket);
    if (d.socket == CURL_SOCKET_BAD)
        return fail(ErrorKind::Unavailable, QStringLiteral("the connection was closed at once"));
    return stream;
}

Status ByteStream::send(const QByteArray &bytes, milliseconds timeout, std::stop_token stop)
{
    const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
    std::size_t sent = 0;
    while (sent < static_cast<std::size_t>(bytes.size())) {
        std::size_t now = 0;
        const CURLcode code = curl_easy_send(d->easy, bytes.constData() + sent, static_cast<std::size_t>(bytes.size()) - sent, &now);
        sent += now;
        if (code == CURLE_AGAIN) {
            const auto ready = d->wait(POLLOUT, {}, deadline, stop);
            if (!ready)
                return fail(ready.error());
            if (!*ready)
                return fail(ErrorKind::Timeout, nameOf(d->options) + QStringLiteral(" takes nothing"));
        } else if (code != CURLE_OK) {
            return fail(d->describe(code));
        }
    }
    return {};
}

Result<std::size_t> ByteStream::receive(char *buffer, std::size_t size)
{
    std::size_t got = 0;
    const CURLcode code = curl_easy_recv(d->easy, buffer, size, &got);
    if (code == CURLE_AGAIN)
        return std::size_t{0};
    if (code != CURLE_OK)
        return fail(d->describe(code));
    if (got == 0)
        return fail(ErrorKind::Unavailable, nameOf(d->options) + QStringLiteral(" closed the connection"));
    return got;
}

Result<bool> ByteStream::wait(std::span<const int> others, milliseconds timeout, const std::stop_token &stop)
{
    return d->wait(POLLIN, others, std::chrono::steady_clock::now() + timeout, stop);
}

sockaddr_storage ByteStream::localAddress() const
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    (void)getsockname(d->socket, reinterpret_cast<sockaddr *>(&address), &size);
    return address;
}

sockaddr_storage ByteStream::peerAddress() const
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    (void)getpeername(d->socket, reinterpret_cast<sockaddr *>(&address), &size);
    return address;
}

} // namespace vedette::net
