// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/mjpeg_receiver.h"

#include "core/base/secret.h"
#include "core/net/http_stream.h"
#include "core/net/jpeg_packet.h"
#include "core/net/multipart_parser.h"

#include <optional>

namespace vedette::net {

struct MjpegReceiver::Private {
    SystemClock clock;
    milliseconds readTimeout{0};
    QString url; // redacted, for errors
    std::unique_ptr<HttpStream> stream;
    std::optional<MultipartParser> parser;
    media::StreamInfo info;
    JpegPackets packets;

    Status open(const QString &address, const Options &options, std::stop_token stop);
    Result<media::PacketPtr> take(MonoTime deadline, const std::stop_token &stop);
};

MjpegReceiver::MjpegReceiver() : d(std::make_unique<Private>()) {}
MjpegReceiver::~MjpegReceiver() = default;

Status MjpegReceiver::Private::open(const QString &address, const Options &options, std::stop_token stop)
{
    auto opened = HttpStream::get(address, {options.openTimeout, options.caFile}, std::move(stop));
    if (!opened)
        return fail(opened.error());
    stream = std::move(*opened);
    const QByteArray type = stream->mediaType();
    if (!type.startsWith("multipart/"))
        return fail(type == "text/html" ? ErrorKind::Corrupt : ErrorKind::Unsupported,
                    QStringLiteral("the server answered with %1 instead of Motion JPEG").arg(QString::fromLatin1(type)));
    parser.emplace(stream->header("Content-Type"));
    info.codec = media::Codec::Mjpeg;
    return {};
}

Result<std::unique_ptr<MjpegReceiver>> MjpegReceiver::open(const QString &url, const Options &options, std::stop_token stop)
{
    std::unique_ptr<MjpegReceiver> receiver(new MjpegReceiver);
    receiver->d->readTimeout = options.readTimeout;
    receiver->d->url = redact(url);
    if (const Status opened = receiver->d->open(url, options, std::move(stop)); !opened)
        return fail(opened.error().wrap(receiver->d->url));
    return receiver;
}

Result<media::PacketPtr> MjpegReceiver::Private::take(MonoTime deadline, const std::stop_token &stop)
{
    for (;;) {
        auto part = parser->next();
        if (!part)
            return fail(part.error());
        if (*part)
            return packets.make(std::move((*part)->body), (*part)->captureTime, clock.now());
        if (clock.now() >= deadline) // parts that are no pictures count for nothing
            return fail(ErrorKind::Timeout, QStringLiteral("no picture in time"));
        const auto bytes = stream->read(deadline, stop);
        if (!bytes)
            return fail(bytes.error());
        if (bytes->isEmpty())
            return fail(ErrorKind::Unavailable, QStringLiteral("the server ended the stream"));
        parser->feed(bytes->constData(), static_cast<std::size_t>(bytes->size()));
    }
}

Result<media::PacketPtr> MjpegReceiver::read(std::stop_token stop)
{
    auto packet = d->take(d->clock.now() + d->readTimeout, stop);
    if (!packet && packet.error().kind != ErrorKind::Cancelled)
        return fail(packet.error().wrap(d->url));
    return packet;
}

const media::StreamInfo &MjpegReceiver::info() const
{
    return d->info;
}

} // namespace vedette::net
