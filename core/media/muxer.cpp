// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/muxer.h"

#include "core/media/ts_writer.h"

#include <QString>

#include <algorithm>

namespace vedette::media {
namespace {

std::int64_t toTicks(microseconds time)
{
    return time.count() * 9 / 100; // 90 kHz
}

} // namespace

struct Muxer::Private {
    explicit Private(Codec codec) : ts(codec) {}

    TsWriter ts;
    WriteBytes writeBytes;
    std::optional<microseconds> origin;
    std::int64_t lastDts = INT64_MIN;
};

Muxer::Muxer(Codec codec) : d(std::make_unique<Private>(codec)) {}
Muxer::~Muxer() = default;

Result<std::unique_ptr<Muxer>> Muxer::openTs(const StreamInfo &info, WriteBytes write)
{
    if (info.codec != Codec::H264 && info.codec != Codec::H265)
        return fail(ErrorKind::Unsupported, QStringLiteral("only H.264 and H.265 can be sent on"));
    std::unique_ptr<Muxer> muxer(new Muxer(info.codec));
    muxer->d->writeBytes = std::move(write);
    return muxer;
}

Status Muxer::write(const PacketPtr &packet)
{
    if (!packet || packet->data.empty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("empty packet"));
    if (!d->origin)
        d->origin = std::min(packet->dts, packet->pts);
    const std::int64_t pts = toTicks(packet->pts - *d->origin);
    std::int64_t dts = std::min(pts, toTicks(packet->dts - *d->origin));
    if (d->lastDts != INT64_MIN)
        dts = std::max(dts, d->lastDts + 1);
    d->lastDts = dts;
    d->writeBytes(d->ts.write(packet->data, packet->key, std::max(pts, dts), dts));
    return {};
}

} // namespace vedette::media
