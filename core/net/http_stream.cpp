// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/http_stream.h"

#include "core/net/curl_error.h"
#include "core/net/curl_handle.h"

#include <QList>

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace vedette::net {
namespace {

constexpr qsizetype kMaxRefusal = 4096; // bytes of the body of an answer that is not 200

} // namespace

struct HttpStream::Private {
    SystemClock clock;
    CURL *easy = nullptr;
    CURLM *multi = nullptr;
    std::array<char, CURL_ERROR_SIZE> detail{};
    bool head = false;          // of an answer 200
    std::size_t headerBytes = 0;
    QByteArray waiting;         // came and was not read yet
    QByteArray refusal;         // the body of another answer
    bool complete = false;
    std::optional<Error> failed;

    static std::size_t onHeader(char *data, std::size_t size, std::size_t count, void *self);
    static std::size_t onData(char *data, std::size_t size, std::size_t count, void *self);
    void configure(const QString &url, const Options &options);
    void pump();
    template <typename Done>
    Status pumpUntil(Done done, MonoTime deadline, const std::stop_token &stop);
    long status() const;
};

long HttpStream::Private::status() const
{
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

std::size_t HttpStream::Private::onHeader(char *data, std::size_t size, std::size_t count, void *self)
{
    auto *d = static_cast<Private *>(self);
    d->headerBytes += size * count;
    if (d->headerBytes > kMostHttpHeader) {
        d->failed = Error{ErrorKind::Corrupt, QStringLiteral("the header of the answer does not end"), nullptr};
        return 0; // ends the transfer
    }
    const bool empty = QByteArrayView(data, static_cast<qsizetype>(size * count)).trimmed().isEmpty();
    d->head = d->head || (empty && d->status() == 200);
    return size * count;
}

std::size_t HttpStream::Private::onData(char *data, std::size_t size, std::size_t count, void *self)
{
    auto *d = static_cast<Private *>(self);
    if (!d->head) {
        // The status says why; an agent says more, in a few words.
        const char *type = nullptr;
        curl_easy_getinfo(d->easy, CURLINFO_CONTENT_TYPE, &type);
        if (!type || !QByteArrayView(type).startsWith("application/json") || d->refusal.size() + static_cast<qsizetype>(size * count) > kMaxRefusal)
            return 0;
        d->refusal.append(data, static_cast<qsizetype>(size * count));
        return size * count;
    }
    d->waiting.append(data, static_cast<qsizetype>(size * count));
    return size * count;
}

void HttpStream::Private::configure(const QString &url, const Options &options)
{
    curl_easy_setopt(easy, CURLOPT_URL, url.toUtf8().constData());
    setUpGet(easy, options.openTimeout, options.caFile, detail.data());
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kMaxRedirects);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Private::onHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Private::onData);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_multi_add_handle(multi, easy);
}

void HttpStream::Private::pump()
{
    int running = 0;
    int left = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) {
        failed = Error{ErrorKind::Internal, QStringLiteral("libcurl failed"), nullptr};
        return;
    }
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    if (!message || failed)
        return;
    const CURLcode result = message->data.result;
    const bool answered = result == CURLE_OK || result == CURLE_WRITE_ERROR;
    if (answered && !head)
        failed = httpError(status(), refusal);
    else if (result != CURLE_OK)
        failed = curlError(result, detail.data());
    else
        complete = true;
}

template <typename Done>
Status HttpStream::Private::pumpUntil(Done done, MonoTime deadline, const std::stop_token &stop)
{
    const std::stop_callback interrupt(stop, [this] { curl_multi_wakeup(multi); });
    for (bool pumped = false; !done(); pumped = true) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
        if (failed)
            return fail(*failed);
        if (pumped) {
            const auto wait = std::chrono::ceil<milliseconds>(deadline - clock.now()).count();
            if (wait <= 0)
                return fail(ErrorKind::Timeout, QStringLiteral("no answer in time"));
            curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::min<std::int64_t>(wait, 1000)), nullptr);
        }
        pump();
    }
    return {};
}

HttpStream::HttpStream() : d(std::make_unique<Private>()) {}

HttpStream::~HttpStream()
{
    if (d->multi && d->easy)
        curl_multi_remove_handle(d->multi, d->easy);
    curl_easy_cleanup(d->easy);
    curl_multi_cleanup(d->multi);
}

Result<std::unique_ptr<HttpStream>> HttpStream::get(const QString &url, const Options &options, std::stop_token stop)
{
    initialiseCurl();
    std::unique_ptr<HttpStream> stream(new HttpStream);
    Private &d = *stream->d;
    d.easy = curl_easy_init();
    d.multi = curl_multi_init();
    if (!d.easy || !d.multi)
        return fail(ErrorKind::Internal, QStringLiteral("libcurl could not be set up"));
    d.configure(url, options);
    const Status opened = d.pumpUntil([&d] { return d.head || d.complete; }, d.clock.now() + options.openTimeout, stop);
    if (!opened)
        return fail(opened.error());
    return stream;
}

QByteArray HttpStream::mediaType() const
{
    const char *type = nullptr;
    curl_easy_getinfo(d->easy, CURLINFO_CONTENT_TYPE, &type);
    return QByteArray(type).split(';').constFirst().trimmed().toLower().left(64);
}

QByteArray HttpStream::header(const char *name) const
{
    curl_header *found = nullptr;
    return curl_easy_header(d->easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? QByteArray(found->value) : QByteArray();
}

Result<QByteArray> HttpStream::read(MonoTime deadline, const std::stop_token &stop)
{
    const Status got = d->pumpUntil([this] { return !d->waiting.isEmpty() || d->complete; }, deadline, stop);
    if (!got)
        return fail(got.error());
    return std::exchange(d->waiting, QByteArray());
}

} // namespace vedette::net
