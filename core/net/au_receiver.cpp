// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/au_receiver.h"

#include "core/base/secret.h"
#include "core/net/http_stream.h"
#include "core/protocol/au_framing.h"

namespace vedette::net {

struct AuReceiver::Private {
    SystemClock clock;
    milliseconds readTimeout{0};
    QString url;              // redacted, for errors
    std::unique_ptr<HttpStream> stream;
    protocol::AuParser parser;
    MonoTime unitBegan{};     // when the first byte that the parser holds came
    media::StreamInfo info;

    Status open(const QString &address, const Options &options, const std::stop_token &stop);
    Result<media::PacketPtr> take(MonoTime deadline, const std::stop_token &stop, bool untilInfo);
    media::PacketPtr toPacket(protocol::AuUnit unit);
};

AuReceiver::AuReceiver() : d(std::make_unique<Private>()) {}
AuReceiver::~AuReceiver() = default;

Status AuReceiver::Private::open(const QString &address, const Options &options, const std::stop_token &stop)
{
    const MonoTime deadline = clock.now() + options.openTimeout;
    auto opened = HttpStream::get(address, {options.openTimeout, options.caFile}, stop);
    if (!opened)
        return fail(opened.error());
    stream = std::move(*opened);
    if (const QByteArray type = stream->mediaType(); type != protocol::kAuContentType)
        return fail(ErrorKind::Corrupt, QStringLiteral("the server answered with %1 instead of video").arg(QString::fromLatin1(type)));
    const auto first = take(deadline, stop, true);
    return first ? Status() : fail(first.error());
}

Result<std::unique_ptr<AuReceiver>> AuReceiver::open(const QString &url, const Options &options, std::stop_token stop)
{
    std::unique_ptr<AuReceiver> receiver(new AuReceiver);
    receiver->d->readTimeout = options.readTimeout;
    receiver->d->url = redact(url);
    if (const Status opened = receiver->d->open(url, options, stop); !opened)
        return fail(opened.error().wrap(receiver->d->url));
    return receiver;
}

media::PacketPtr AuReceiver::Private::toPacket(protocol::AuUnit unit)
{
    auto packet = std::make_shared<media::Packet>();
    packet->data = std::move(unit.data);
    packet->codec = info.codec;
    packet->key = unit.key;
    packet->pts = microseconds{unit.ptsMicros};
    packet->dts = microseconds{unit.dtsMicros};
    packet->firstByte = unitBegan;
    packet->arrival = clock.now();
    unitBegan = packet->arrival; // of what the parser still holds, if anything
    return packet;
}

Result<media::PacketPtr> AuReceiver::Private::take(MonoTime deadline, const std::stop_token &stop, bool untilInfo)
{
    for (;;) {
        auto item = parser.next();
        if (!item)
            return fail(item.error());
        if (!*item) {
            const auto bytes = stream->read(deadline, stop);
            if (!bytes)
                return fail(bytes.error());
            if (bytes->isEmpty())
                return fail(ErrorKind::Unavailable, QStringLiteral("the agent ended the stream"));
            if (parser.empty())
                unitBegan = clock.now();
            parser.feed(bytes->constData(), static_cast<std::size_t>(bytes->size()));
            continue;
        }
        if (auto *unit = std::get_if<protocol::AuUnit>(&**item))
            return toPacket(std::move(*unit));
        if (stop.stop_requested()) // a stream of nothing but these never comes to the wait above
            return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
        const auto &announced = std::get<protocol::AuStream>(**item);
        info.codec = announced.codec == 2 ? media::Codec::H265 : media::Codec::H264;
        info.width = announced.width;
        info.height = announced.height;
        info.framerate = announced.framerate;
        if (untilInfo)
            return nullptr;
    }
}

Result<media::PacketPtr> AuReceiver::read(std::stop_token stop)
{
    auto packet = d->take(d->clock.now() + d->readTimeout, stop, false);
    if (!packet && packet.error().kind != ErrorKind::Cancelled)
        return fail(packet.error().wrap(d->url));
    return packet;
}

const media::StreamInfo &AuReceiver::info() const
{
    return d->info;
}

} // namespace vedette::net
