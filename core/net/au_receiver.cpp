// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/au_receiver.h"

#include "core/base/secret.h"
#include "core/net/curl_error.h"
#include "core/protocol/au_framing.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>

namespace vedette::net {

struct AuReceiver::Private {
    SystemClock clock;
    Options options;
    QString url;              // redacted, for errors
    CURL *easy = nullptr;
    CURLM *multi = nullptr;
    std::array<char, CURL_ERROR_SIZE> detail{};
    protocol::AuParser parser;
    media::StreamInfo info;
    bool checked = false;     // status and content type are right
    std::optional<Error> ended; // why no more bytes come

    static std::size_t onData(char *data, std::size_t size, std::size_t count, void *self);
    bool checkHead();
    void pump();
    Result<media::PacketPtr> take(MonoTime deadline, const std::stop_token &stop, bool untilInfo);
};

std::size_t AuReceiver::Private::onData(char *data, std::size_t size, std::size_t count, void *self)
{
    auto *d = static_cast<Private *>(self);
    if (!d->checked && !d->checkHead())
        return 0; // ends the transfer
    d->parser.feed(data, size * count);
    return size * count;
}

bool AuReceiver::Private::checkHead()
{
    long status = 0;
    const char *type = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    if (status != 200)
        ended = httpError(status);
    else if (QByteArray(type) != protocol::kAuContentType)
        ended = Error{ErrorKind::Corrupt, QStringLiteral("the server answered with %1 instead of video").arg(QString::fromLatin1(QByteArray(type).left(64))), nullptr};
    checked = !ended;
    return checked;
}

AuReceiver::AuReceiver() : d(std::make_unique<Private>()) {}

AuReceiver::~AuReceiver()
{
    if (d->multi && d->easy)
        curl_multi_remove_handle(d->multi, d->easy);
    curl_easy_cleanup(d->easy);
    curl_multi_cleanup(d->multi);
}

Result<std::unique_ptr<AuReceiver>> AuReceiver::open(const QString &url, const Options &options, std::stop_token stop)
{
    initialiseCurl();
    std::unique_ptr<AuReceiver> receiver(new AuReceiver);
    Private &d = *receiver->d;
    d.options = options;
    d.url = redact(url);
    d.easy = curl_easy_init();
    d.multi = curl_multi_init();
    if (!d.easy || !d.multi)
        return fail(ErrorKind::Internal, QStringLiteral("libcurl could not be set up"));
    curl_easy_setopt(d.easy, CURLOPT_URL, url.toUtf8().constData());
    curl_easy_setopt(d.easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(d.easy, CURLOPT_PROXY, "");
    curl_easy_setopt(d.easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(d.easy, CURLOPT_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(d.easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.openTimeout.count()));
    curl_easy_setopt(d.easy, CURLOPT_ERRORBUFFER, d.detail.data());
    curl_easy_setopt(d.easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(d.easy, CURLOPT_QUICK_EXIT, 1L); // a name server that is silent holds nobody who gives up
    curl_easy_setopt(d.easy, CURLOPT_USERAGENT, "Vedette/" VEDETTE_VERSION);
    if (!options.caFile.isEmpty())
        curl_easy_setopt(d.easy, CURLOPT_CAINFO, options.caFile.toUtf8().constData());
    curl_easy_setopt(d.easy, CURLOPT_WRITEFUNCTION, &Private::onData);
    curl_easy_setopt(d.easy, CURLOPT_WRITEDATA, receiver->d.get());
    curl_multi_add_handle(d.multi, d.easy);

    const auto first = d.take(d.clock.now() + options.openTimeout, stop, true);
    if (!first)
        return fail(first.error().wrap(d.url));
    return receiver;
}

void AuReceiver::Private::pump()
{
    int running = 0;
    int left = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK)
        ended = Error{ErrorKind::Internal, QStringLiteral("libcurl failed"), nullptr};
    else if (const CURLMsg *message = curl_multi_info_read(multi, &left); message && !ended) {
        if (message->data.result != CURLE_OK)
            ended = curlError(message->data.result, detail.data());
        else if (checked || checkHead())
            ended = Error{ErrorKind::Unavailable, QStringLiteral("the agent ended the stream"), nullptr};
    }
}

Result<media::PacketPtr> AuReceiver::Private::take(MonoTime deadline, const std::stop_token &stop, bool untilInfo)
{
    const std::stop_callback interrupt(stop, [this] { curl_multi_wakeup(multi); });
    bool pumped = false;
    for (;;) {
        auto item = parser.next();
        if (!item)
            return fail(item.error());
        if (!*item) {
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
            if (ended) // only when all that came before the end has been given out
                return fail(*ended);
            if (pumped) {
                const auto wait = std::chrono::ceil<milliseconds>(deadline - clock.now()).count();
                if (wait <= 0)
                    return fail(ErrorKind::Timeout, QStringLiteral("no picture in time"));
                curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::min<std::int64_t>(wait, 1000)), nullptr);
            }
            pump();
            pumped = true;
            continue;
        }
        if (const auto *stream = std::get_if<protocol::AuStream>(&**item)) {
            if (stop.stop_requested()) // a stream of nothing but these never comes to the wait above
                return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
            info.codec = stream->codec == 2 ? media::Codec::H265 : media::Codec::H264;
            info.width = stream->width;
            info.height = stream->height;
            info.framerate = stream->framerate;
            if (untilInfo)
                return nullptr;
            continue;
        }
        auto &unit = std::get<protocol::AuUnit>(**item);
        auto packet = std::make_shared<media::Packet>();
        packet->data = std::move(unit.data);
        packet->codec = info.codec;
        packet->key = unit.key;
        packet->pts = microseconds{unit.ptsMicros};
        packet->dts = microseconds{unit.dtsMicros};
        packet->arrival = clock.now();
        return packet;
    }
}

Result<media::PacketPtr> AuReceiver::read(std::stop_token stop)
{
    return d->take(d->clock.now() + d->options.readTimeout, stop, false);
}

const media::StreamInfo &AuReceiver::info() const
{
    return d->info;
}

} // namespace vedette::net
