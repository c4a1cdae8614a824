// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/capture_sei.h"
#include "tests/core/media/segment_fixture.h"

#include <chrono>

namespace vedette::test {

inline constexpr UtcTime kRecorded = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{14};

struct RecordedShape {
    int count = 60;
    int gop = 10;
    int width = 320;
    int height = 192;
    int framerate = 20;
    UtcTime from = kRecorded;
    int firstNumber = 0;
    std::uint64_t run = 7;
    media::Codec codec = media::Codec::H264;
    bool sei = true;
};

/// Pictures as the agent records them: their numbers and capture times in their SEI.
inline RecordedStream recordedPictures(const RecordedShape &shape)
{
    RecordedStream out;
    media::EncoderConfig config;
    config.width = shape.width;
    config.height = shape.height;
    config.framerate = shape.framerate;
    config.keyFrameInterval = shape.gop;
    config.preset = QStringLiteral("ultrafast");
    config.bitrateKbps = 800;
    auto encoder = media::Encoder::create(config);
    if (!encoder)
        return out;
    const microseconds interval{1'000'000 / shape.framerate};
    for (int i = 0; i < shape.count; ++i) {
        const int number = shape.firstNumber + i;
        auto packets = (*encoder)->encode(movingPicture(shape.width, shape.height, number, i * interval), false);
        for (const media::PacketPtr &packet : packets.value_or(std::vector<media::PacketPtr>{})) {
            auto marked = std::make_shared<media::Packet>(*packet);
            CaptureStamp stamp;
            stamp.run = shape.run;
            stamp.sequence = static_cast<std::uint64_t>(shape.firstNumber) + static_cast<std::uint64_t>(packet->pts / interval);
            stamp.captured = shape.from + packet->pts;
            marked->capture = stamp;
            if (shape.sei)
                marked->data = media::insertUserDataSei(packet->codec, packet->data, protocol::encodeCapture(stamp));
            out.packets.push_back(std::move(marked));
        }
    }
    out.info = (*encoder)->info();
    return out;
}

} // namespace vedette::test
