// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/encoder.h"
#include "core/media/nal.h"
#include "core/media/packet_tee.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/publish/mjpeg_feed.h"
#include "tests/support/process.h"

#include <QTest>

#include <array>
#include <cstdlib>

namespace vedette::test {

/// Settings of a small test camera.
inline settings::CameraSettings testCamera(const QString &id = QStringLiteral("gate"))
{
    settings::CameraSettings camera;
    camera.id = id;
    camera.source = QStringLiteral("test");
    camera.width = 320;
    camera.height = 240;
    camera.framerate = 25;
    camera.bitrateKbps = 400;
    camera.keyFrameSeconds = 0.4;
    camera.preset = QStringLiteral("ultrafast");
    return camera;
}

/// Null when none comes.
inline agent::JpegPtr nextPicture(agent::MjpegReader &reader)
{
    agent::JpegPtr picture;
    waitUntil([&] { return (picture = reader.take()) != nullptr; }, std::chrono::seconds{10});
    return picture;
}

/// A video made by FFmpeg's own program: arguments between the input and the file.
inline bool makeVideo(const QString &path, const QString &source, const QStringList &arguments)
{
    const auto made = runProcess(QStringLiteral("ffmpeg"),
                                 QStringList{QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-y"), QStringLiteral("-f"),
                                             QStringLiteral("lavfi"), QStringLiteral("-i"), source} + arguments + QStringList{path},
                                 std::chrono::seconds{30});
    return made && made->exitCode == 0;
}

/// A picture with a bar that moves with its number.
inline media::Frame movingPicture(std::uint64_t number, int width, int height, MonoTime captured, microseconds pts)
{
    media::FrameBuffer buffer(width, height);
    for (int plane = 0; plane < 3; ++plane) {
        const int rows = plane == 0 ? height : height / 2;
        const int columns = plane == 0 ? width : width / 2;
        const int bar = static_cast<int>(number * 8 % static_cast<std::uint64_t>(columns));
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x)
                buffer.plane(plane)[y * buffer.stride(plane) + x] = static_cast<std::uint8_t>(std::abs(x - bar) < 8 ? 200 : 40 + (x + y) / 8);
        }
    }
    return buffer.release(captured, pts);
}

inline constexpr std::array<std::uint8_t, 16> kTestUuid{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/// Encoded moving pictures, one at a time, with capture stamps of run 42 and a SEI of kTestUuid.
class PacketMaker {
public:
    explicit PacketMaker(int width = 320, int height = 240, int keyInterval = 10) : m_width(width), m_height(height)
    {
        media::EncoderConfig config;
        config.width = width;
        config.height = height;
        config.framerate = 25;
        config.bitrateKbps = 400;
        config.keyFrameInterval = keyInterval;
        config.preset = QStringLiteral("ultrafast");
        m_encoder = std::move(*media::Encoder::create(config));
    }
    const media::StreamInfo &info() const { return m_encoder->info(); }
    media::PacketPtr next()
    {
        CaptureStamp stamp;
        stamp.run = 42;
        stamp.sequence = m_number;
        stamp.captured = utcFromMicros(1'790'000'000'000'000 + static_cast<std::int64_t>(m_number) * 40'000);
        const microseconds pts{static_cast<std::int64_t>(m_number) * 40'000};
        ++m_number;
        media::Frame frame = movingPicture(stamp.sequence, m_width, m_height, m_clock.now(), pts);
        frame.capture = stamp;
        media::Packet packet = *m_encoder->encode(frame, false)->front();
        packet.data = media::insertUserDataSei(packet.codec, packet.data, kTestUuid);
        return std::make_shared<const media::Packet>(std::move(packet));
    }

private:
    SystemClock m_clock;
    int m_width;
    int m_height;
    std::unique_ptr<media::Encoder> m_encoder;
    std::uint64_t m_number = 0;
};

} // namespace vedette::test
