// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/muxer.h"

#include "core/media/aac.h"
#include "core/media/ts_writer.h"

#include <QString>

#include <algorithm>

namespace vedette::media {
namespace {

std::int64_t toTicks(microseconds time)
{
    return time.count() * 9 / 100; // 90 kHz
}

/// Empty when there is no sound, or none that ADTS can carry.
std::optional<AacConfig> adtsConfig(const StreamInfo &info)
{
    const auto config = info.audio && info.audio->codec == Codec::Aac ? parseAacConfig(info.audio->config) : std::nullopt;
    return config && adtsHeader(*config, 1) ? config : std::nullopt;
}

} // namespace

struct Muxer::Private {
    Private(Codec codec, std::optional<AacConfig> config) : sound(std::move(config)), ts(codec, sound.has_value()) {}
    void writeSound(const Packet &packet);

    const std::optional<AacConfig> sound;
    TsWriter ts;
    WriteBytes writeBytes;
    std::optional<microseconds> origin;
    std::int64_t lastDts = INT64_MIN;
};

Muxer::Muxer(const StreamInfo &info) : d(std::make_unique<Private>(info.codec, adtsConfig(info))) {}
Muxer::~Muxer() = default;

Result<std::unique_ptr<Muxer>> Muxer::openTs(const StreamInfo &info, WriteBytes write)
{
    if (info.codec != Codec::H264 && info.codec != Codec::H265)
        return fail(ErrorKind::Unsupported, QStringLiteral("only H.264 and H.265 can be sent on"));
    std::unique_ptr<Muxer> muxer(new Muxer(info));
    muxer->d->writeBytes = std::move(write);
    return muxer;
}

void Muxer::Private::writeSound(const Packet &packet)
{
    const auto header = sound && packet.codec == Codec::Aac ? adtsHeader(*sound, packet.data.size()) : std::nullopt;
    if (!header || !origin || packet.pts < *origin)
        return;
    Bytes frame(header->begin(), header->end());
    frame.insert(frame.end(), packet.data.begin(), packet.data.end());
    writeBytes(ts.writeSound(frame, toTicks(packet.pts - *origin)));
}

Status Muxer::write(const PacketPtr &packet)
{
    if (!packet || packet->data.empty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("empty packet"));
    if (isSound(packet->codec)) {
        d->writeSound(*packet);
        return {};
    }
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
