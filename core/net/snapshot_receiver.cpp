// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/snapshot_receiver.h"

#include "core/base/secret.h"
#include "core/base/wait.h"
#include "core/net/http_stream.h"
#include "core/net/jpeg_packet.h"
#include "core/protocol/capture_jpeg.h"

#include <utility>

namespace vedette::net {
struct SnapshotReceiver::Private {
    SystemClock clock;
    Options options;
    QString url;
    media::StreamInfo info;
    JpegPackets packets;
    media::PacketPtr first;
    MonoTime due{};

    Result<media::PacketPtr> fetch(const std::stop_token &stop);
};

SnapshotReceiver::SnapshotReceiver() : d(std::make_unique<Private>()) {}
SnapshotReceiver::~SnapshotReceiver() = default;

Result<media::PacketPtr> SnapshotReceiver::Private::fetch(const std::stop_token &stop)
{
    const MonoTime deadline = clock.now() + options.timeout;
    due = clock.now() + options.interval;
    const auto stream = HttpStream::get(url, {options.timeout, options.caFile}, stop);
    if (!stream)
        return fail(stream.error());
    media::Bytes file;
    for (;;) {
        const auto bytes = (*stream)->read(deadline, stop);
        if (!bytes)
            return fail(bytes.error());
        if (bytes->isEmpty())
            break;
        if (clock.now() >= deadline)
            return fail(ErrorKind::Timeout, QStringLiteral("no whole picture in time"));
        file.insert(file.end(), bytes->begin(), bytes->end());
        if (file.size() > kMaxPicture)
            return fail(ErrorKind::Corrupt, QStringLiteral("the picture has more than %1 MiB").arg(kMaxPicture >> 20));
    }
    if (file.size() < 4 || file[0] != 0xff || file[1] != 0xd8)
        return fail(ErrorKind::Corrupt, QStringLiteral("the server answered with %1 instead of a JPEG picture")
                                            .arg(QString::fromLatin1((*stream)->mediaType())));
    return packets.make(std::move(file), (*stream)->header(protocol::kCaptureTimeHeader), clock.now());
}

Result<std::unique_ptr<SnapshotReceiver>> SnapshotReceiver::open(const QString &url, const Options &options, std::stop_token stop)
{
    std::unique_ptr<SnapshotReceiver> receiver(new SnapshotReceiver);
    Private &d = *receiver->d;
    d.options = options;
    d.url = url;
    d.info.codec = media::Codec::Mjpeg;
    d.info.framerate = 1000.0 / static_cast<double>(std::max<std::int64_t>(options.interval.count(), 1));
    auto first = d.fetch(stop);
    if (!first)
        return fail(first.error().wrap(redact(url)));
    d.first = std::move(*first);
    return receiver;
}

Result<media::PacketPtr> SnapshotReceiver::read(std::stop_token stop)
{
    if (d->first)
        return std::exchange(d->first, nullptr);
    if (!waitUntil(d->clock, d->due, stop))
        return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
    auto packet = d->fetch(stop);
    if (!packet && packet.error().kind != ErrorKind::Cancelled)
        return fail(packet.error().wrap(redact(d->url)));
    return packet;
}

const media::StreamInfo &SnapshotReceiver::info() const
{
    return d->info;
}

} // namespace vedette::net
