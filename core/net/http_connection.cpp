// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/http_connection.h"

#include "core/net/curl_error.h"
#include "core/net/curl_handle.h"

#include <algorithm>
#include <array>
#include <optional>

namespace vedette::net {
namespace {

constexpr std::int64_t kMostRefusal = 4096; // bytes of the body of an answer that is none of those asked for

} // namespace

struct HttpConnection::Private {
    Options options;
    SystemClock clock;
    CURL *easy = nullptr;
    CURLM *multi = nullptr;
    std::array<char, CURL_ERROR_SIZE> detail{};

    // Of the answer at hand:
    Answer answer;
    std::int64_t most = 0;
    bool ranged = false;
    std::size_t headerBytes = 0;
    MonoTime lastByte{};
    std::optional<Error> failed;
    std::optional<CURLcode> done;

    static std::size_t onHeader(char *data, std::size_t size, std::size_t count, void *self);
    static std::size_t onData(char *data, std::size_t size, std::size_t count, void *self);
    Status accept();
    Status transfer(const std::stop_token &stop);
    void pump();
    bool wanted() const { return answer.status == (ranged ? 206 : 200); }
};

std::size_t HttpConnection::Private::onHeader(char *data, std::size_t size, std::size_t count, void *self)
{
    auto *d = static_cast<Private *>(self);
    const std::size_t bytes = size * count;
    d->headerBytes += bytes;
    d->lastByte = d->clock.now();
    if (d->headerBytes > kMostHttpHeader) {
        d->failed = Error{ErrorKind::Corrupt, QStringLiteral("the header of the answer does not end"), nullptr};
        return 0; // ends the transfer
    }
    const QByteArray line = QByteArray(data, static_cast<qsizetype>(bytes)).trimmed();
    if (line.startsWith("HTTP/"))
        d->answer = {}; // not of one before it that asked for a password
    if (const qsizetype colon = line.indexOf(':'); colon > 0)
        d->answer.headers.insert(line.left(colon).toLower(), line.mid(colon + 1).trimmed());
    if (!line.isEmpty())
        return bytes;
    curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &d->answer.status);
    const Status accepted = d->accept();
    if (!accepted)
        d->failed = accepted.error();
    return accepted ? bytes : 0;
}

/// An answer that is of no use is not waited for: it may have no end.
Status HttpConnection::Private::accept()
{
    if (answer.status >= 300 && answer.status < 400)
        return fail(ErrorKind::Unavailable, QStringLiteral("the server sends elsewhere (%1), which is not followed").arg(answer.status));
    if (ranged && answer.status == 200)
        return fail(ErrorKind::Corrupt, QStringLiteral("the server answers with the whole instead of the bytes asked for"));
    bool number = false;
    const qint64 length = answer.header("content-length").toLongLong(&number);
    if (wanted() && number && length > most)
        return fail(ErrorKind::Corrupt, QStringLiteral("the server answers with %1 bytes where at most %2 were expected").arg(length).arg(most));
    return {};
}

std::size_t HttpConnection::Private::onData(char *data, std::size_t size, std::size_t count, void *self)
{
    auto *d = static_cast<Private *>(self);
    const auto bytes = static_cast<qsizetype>(size * count);
    d->lastByte = d->clock.now();
    if (d->answer.body.size() + bytes > (d->wanted() ? d->most : kMostRefusal)) {
        if (d->wanted())
            d->failed = Error{ErrorKind::Corrupt, QStringLiteral("the server answers with more than the %1 bytes expected").arg(d->most), nullptr};
        return 0;
    }
    d->answer.body.append(data, bytes);
    return size * count;
}

void HttpConnection::Private::pump()
{
    int running = 0;
    int left = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK)
        failed = Error{ErrorKind::Internal, QStringLiteral("libcurl failed"), nullptr};
    if (const CURLMsg *message = curl_multi_info_read(multi, &left))
        done = message->data.result;
}

Status HttpConnection::Private::transfer(const std::stop_token &stop)
{
    const std::stop_callback interrupt(stop, [this] { curl_multi_wakeup(multi); });
    const MonoTime end = clock.now() + options.whole;
    lastByte = clock.now();
    while (!done && !failed) {
        pump();
        if (done || failed)
            break;
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
        const MonoTime due = std::min(end, lastByte + options.silence);
        const auto wait = std::chrono::ceil<milliseconds>(due - clock.now()).count();
        if (wait <= 0)
            return fail(ErrorKind::Timeout, answer.status == 0 ? QStringLiteral("no answer in time") : QStringLiteral("the answer does not come to its end in time"));
        curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::min<std::int64_t>(wait, 1000)), nullptr);
    }
    if (failed)
        return fail(*failed);
    const bool refused = answer.status != 0 && !wanted();
    if (refused && answer.status != 416)
        return fail(httpError(answer.status, answer.body));
    if (!refused && *done != CURLE_OK)
        return fail(curlError(*done, detail.data()));
    return {};
}

HttpConnection::HttpConnection(Options options) : d(std::make_unique<Private>())
{
    initialiseCurl();
    d->options = std::move(options);
    d->easy = curl_easy_init();
    d->multi = curl_multi_init();
}

HttpConnection::~HttpConnection()
{
    curl_easy_cleanup(d->easy);
    curl_multi_cleanup(d->multi);
}

Result<HttpConnection::Answer> HttpConnection::get(const QString &url, std::int64_t most, std::stop_token stop, const QByteArray &range)
{
    if (!d->easy || !d->multi)
        return fail(ErrorKind::Internal, QStringLiteral("libcurl could not be set up"));
    d->answer = {};
    d->most = most;
    d->ranged = !range.isEmpty();
    d->headerBytes = 0;
    d->failed.reset();
    d->done.reset();
    d->detail.fill(0);
    curl_easy_reset(d->easy);
    setUpGet(d->easy, d->options.connectTimeout, d->options.caFile, d->detail.data());
    if (d->options.basicOnly)
        curl_easy_setopt(d->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(d->easy, CURLOPT_URL, url.toUtf8().constData());
    curl_easy_setopt(d->easy, CURLOPT_RANGE, d->ranged ? range.constData() : nullptr);
    curl_easy_setopt(d->easy, CURLOPT_HEADERFUNCTION, &Private::onHeader);
    curl_easy_setopt(d->easy, CURLOPT_HEADERDATA, d.get());
    curl_easy_setopt(d->easy, CURLOPT_WRITEFUNCTION, &Private::onData);
    curl_easy_setopt(d->easy, CURLOPT_WRITEDATA, d.get());
    curl_multi_add_handle(d->multi, d->easy);
    const Status transferred = d->transfer(stop);
    curl_multi_remove_handle(d->multi, d->easy); // the connection stays, unless the answer was left in the middle
    if (!transferred)
        return fail(transferred.error());
    return std::exchange(d->answer, {});
}

} // namespace vedette::net
