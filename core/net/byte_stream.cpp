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

namespace vedette::net {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

int remaining(SteadyTime deadline)
{
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

Error describe(CURL *easy, CURLcode code, const ByteStream::Options &options)
{
    long systemError = 0;
    if (code == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &systemError);
    if (systemError == ECONNREFUSED)
        return {ErrorKind::Unavailable, QStringLiteral("nothing listens at %1:%2 (connection refused)").arg(options.host).arg(options.port), nullptr};
    if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) // reset: what was sent last may be unread on the other side
        return {ErrorKind::Unavailable, QStringLiteral("%1:%2 closed the connection").arg(options.host).arg(options.port), nullptr};
    return curlError(code).wrap(QStringLiteral("%1:%2").arg(options.host).arg(options.port));
}

} // namespace

struct ByteStream::Private {
    CURL *easy = nullptr;
    CURLM *multi = nullptr;
    curl_socket_t socket = CURL_SOCKET_BAD;
    int wake = -1;
    Options options;

    /// Waits until the socket is ready in the direction, the deadline or the stop.
    Status wait(short events, SteadyTime deadline, const std::stop_token &stop) const
    {
        const std::stop_callback interrupt(stop, [this] { (void)eventfd_write(wake, 1); });
        for (;;) {
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
            std::array<pollfd, 2> fds{pollfd{socket, events, 0}, pollfd{wake, POLLIN, 0}};
            const int ready = poll(fds.data(), fds.size(), remaining(deadline));
            if (ready > 0 && fds[0].revents != 0)
                return {};
            if (ready == 0)
                return fail(ErrorKind::Timeout, QStringLiteral("%1:%2 sends nothing").arg(options.host).arg(options.port));
        }
    }
};

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

    const QString host = options.host.contains(QLatin1Char(':')) ? QLatin1Char('[') + options.host + QLatin1Char(']') : options.host;
    const QByteArray url = QStringLiteral("%1://%2:%3").arg(options.tls ? QStringLiteral("https") : QStringLiteral("http"), host).arg(options.port).toUtf8();
    curl_easy_setopt(d.easy, CURLOPT_URL, url.constData());
    curl_easy_setopt(d.easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(d.easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(d.easy, CURLOPT_PROXY, "");
    curl_easy_setopt(d.easy, CURLOPT_QUICK_EXIT, 1L); // a stop does not wait for a name server
    curl_easy_setopt(d.easy, CURLOPT_TCP_NODELAY, 1L);
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
        return fail(describe(d.easy, code, options));
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
            if (const Status ready = d->wait(POLLOUT, deadline, stop); !ready)
                return ready;
        } else if (code != CURLE_OK) {
            return fail(describe(d->easy, code, d->options));
        }
    }
    return {};
}

Result<std::size_t> ByteStream::receive(char *buffer, std::size_t size, milliseconds timeout, std::stop_token stop)
{
    const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        std::size_t got = 0;
        // Try first: TLS may hold decrypted bytes that poll() does not see.
        const CURLcode code = curl_easy_recv(d->easy, buffer, size, &got);
        if (code == CURLE_OK && got > 0)
            return got;
        if (code == CURLE_OK)
            return fail(ErrorKind::Unavailable, QStringLiteral("%1:%2 closed the connection").arg(d->options.host).arg(d->options.port));
        if (code != CURLE_AGAIN)
            return fail(describe(d->easy, code, d->options));
        if (const Status ready = d->wait(POLLIN, deadline, stop); !ready)
            return fail(ready.error());
    }
}

} // namespace vedette::net
