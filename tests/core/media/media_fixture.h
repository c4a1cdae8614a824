// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/encoder.h"
#include "core/media/nal.h"

#include <QByteArray>
#include <QDir>
#include <QProcess>
#include <QStringList>

#include <array>
#include <random>

namespace vedette::test {

inline constexpr std::array<std::uint8_t, 16> kUuid{0, 0, 1, 0, 0, 3, 7, 8, 9, 10, 11, 12, 13, 0, 0, 0};

/// A picture that changes everywhere with its number, with some noise (fixed seed), as a camera's does.
inline media::Frame movingPicture(int width, int height, int number, microseconds pts)
{
    media::FrameBuffer buffer(width, height);
    std::minstd_rand random(static_cast<unsigned>(number + 1));
    for (int plane = 0; plane < 3; ++plane) {
        const int w = plane == 0 ? width : width / 2;
        const int h = plane == 0 ? height : height / 2;
        for (int y = 0; y < h; ++y) {
            std::uint8_t *row = buffer.plane(plane) + y * buffer.stride(plane);
            for (int x = 0; x < w; ++x)
                row[x] = static_cast<std::uint8_t>(16 + (x + 2 * y + 3 * number) % 200 + static_cast<int>(random() % 4));
        }
    }
    return buffer.release(MonoTime{pts}, pts);
}

/// One colour everywhere.
inline media::Frame flatPicture(int width, int height, std::array<std::uint8_t, 3> yuv)
{
    media::FrameBuffer buffer(width, height);
    for (int plane = 0; plane < 3; ++plane) {
        for (int y = 0; y < (plane == 0 ? height : height / 2); ++y)
            std::fill_n(buffer.plane(plane) + y * buffer.stride(plane), plane == 0 ? width : width / 2,
                        yuv[static_cast<std::size_t>(plane)]);
    }
    return buffer.release(MonoTime{}, microseconds{0});
}

inline CaptureStamp stampOf(int number)
{
    CaptureStamp stamp;
    stamp.run = 0x0102030405060708;
    stamp.sequence = static_cast<std::uint64_t>(number);
    stamp.captured = utcFromMicros(1'790'000'000'000'000 + number * 50'000);
    return stamp;
}

/// UUID and a body full of bytes that need emulation prevention.
inline media::Bytes userData(int number)
{
    media::Bytes payload(kUuid.begin(), kUuid.end());
    const std::array<std::uint8_t, 18> body{0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, static_cast<std::uint8_t>(number), 0, 0, 0};
    payload.insert(payload.end(), body.begin(), body.end());
    return payload;
}

/// count pictures at 20 frames/s through the encoder, with capture stamps; key frames every tenth.
inline std::vector<media::PacketPtr> encodePictures(int count, int width = 320, int height = 192,
                                                    media::StreamInfo *info = nullptr, int bitrateKbps = 800)
{
    media::EncoderConfig config;
    config.width = width;
    config.height = height;
    config.framerate = 20;
    config.keyFrameInterval = 10;
    config.preset = QStringLiteral("ultrafast");
    config.bitrateKbps = bitrateKbps;
    std::vector<media::PacketPtr> packets;
    auto encoder = media::Encoder::create(config);
    if (!encoder)
        return packets;
    for (int i = 0; i < count; ++i) {
        media::Frame frame = movingPicture(width, height, i, microseconds{i * 50'000});
        frame.capture = stampOf(i);
        const auto out = (*encoder)->encode(frame, false);
        if (out)
            packets.insert(packets.end(), out->begin(), out->end());
    }
    if (info)
        *info = (*encoder)->info();
    return packets;
}

/// The picture data of an access unit: its VCL NAL units, one after the other.
inline std::vector<media::Bytes> vclUnits(media::Codec codec, std::span<const std::uint8_t> unit)
{
    std::vector<media::Bytes> out;
    media::forEachNal(unit, [&](std::span<const std::uint8_t> nal) {
        const bool vcl = codec == media::Codec::H265 ? (nal[0] >> 1 & 0x3F) < 32 : (nal[0] & 0x1F) >= 1 && (nal[0] & 0x1F) <= 5;
        if (vcl)
            out.emplace_back(nal.begin(), nal.end());
    });
    return out;
}

/// Makes a clip by the ffmpeg program; false with its words on stderr when it failed.
inline bool makeClip(const QStringList &arguments)
{
    QProcess ffmpeg;
    ffmpeg.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    ffmpeg.start(QStringLiteral("ffmpeg"), QStringList{QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-y")} + arguments);
    return ffmpeg.waitForFinished(60'000) && ffmpeg.exitStatus() == QProcess::NormalExit && ffmpeg.exitCode() == 0;
}

/// The same from one line; no argument may hold a space.
inline bool makeClip(const QString &line, const QString &output)
{
    return makeClip(line.split(QLatin1Char(' '), Qt::SkipEmptyParts) << output);
}

} // namespace vedette::test
