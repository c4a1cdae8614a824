// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/segment_muxer.h"
#include "tests/core/media/media_fixture.h"

#include <QByteArray>

namespace vedette::test {

struct RecordedStream {
    media::StreamInfo info;
    std::vector<media::PacketPtr> packets;
};

/// As the recorder writes it: a fragment at each key frame and at least every half second.
inline QByteArray segmentOf(const RecordedStream &stream, bool finish = true)
{
    QByteArray file;
    auto muxer = media::SegmentMuxer::open(stream.info, [&file](std::span<const std::uint8_t> bytes) {
        file.append(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        return Status();
    });
    microseconds flushed{0};
    for (const media::PacketPtr &packet : stream.packets) {
        if (!muxer || !(*muxer)->write(packet))
            return {};
        if (!media::isSound(packet->codec) && (packet->key || packet->dts - flushed >= milliseconds{500})) {
            flushed = packet->dts;
            if (!(*muxer)->flushFragment())
                return {};
        }
    }
    return finish && !(*muxer)->finish() ? QByteArray() : file;
}

} // namespace vedette::test
