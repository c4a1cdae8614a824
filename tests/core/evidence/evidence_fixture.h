// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/evidence/segment_hasher.h"
#include "core/media/segment_muxer.h"
#include "core/protocol/capture_sei.h"
#include "tests/core/media/media_fixture.h"
#include "tests/core/media/mp4_boxes.h"

#include <QFile>
#include <QTemporaryDir>

namespace vedette::test {

inline std::span<const std::uint8_t> bytesOf(const QByteArray &bytes)
{
    return {reinterpret_cast<const std::uint8_t *>(bytes.constData()), static_cast<std::size_t>(bytes.size())};
}

inline evidence::SegmentHashes hashesOf(const QByteArray &file)
{
    evidence::SegmentHasher hasher;
    hasher.add(bytesOf(file));
    return hasher.finish();
}

/// Two seconds with capture stamps in four fragments, as the recorder writes them.
inline QByteArray recordedSegment()
{
    static const QByteArray made = [] {
        QByteArray file;
        media::StreamInfo info;
        const auto pictures = encodePictures(40, 160, 96, &info);
        auto muxer = media::SegmentMuxer::open(info, [&file](std::span<const std::uint8_t> bytes) {
            file.append(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
            return Status();
        });
        if (!muxer)
            qFatal("%s", qPrintable(muxer.error().text()));
        for (int n = 0; n < 40; ++n) {
            CaptureStamp stamp = stampOf(n);
            stamp.run = 7;
            stamp.uncertainty = microseconds{n == 17 ? 1'234 : 500};
            auto packet = std::make_shared<media::Packet>(*pictures[static_cast<std::size_t>(n)]);
            packet->data = media::insertUserDataSei(packet->codec, packet->data, protocol::encodeCapture(stamp));
            if (!(*muxer)->write(packet) || (n % 10 == 0 && !(*muxer)->flushFragment()))
                qFatal("the segment cannot be written");
        }
        if (!(*muxer)->finish())
            qFatal("the segment cannot be finished");
        return file;
    }();
    return made;
}

/// A file's manifest, with what does not concern its bytes made up.
inline protocol::Manifest manifestOf(const QByteArray &file)
{
    const evidence::SegmentHashes hashes = hashesOf(file);
    protocol::Manifest manifest;
    manifest.fragments = hashes.fragments;
    manifest.bytes = hashes.bytes;
    manifest.sha256 = hashes.sha256;
    return manifest;
}

inline QString put(const QTemporaryDir &dir, const QByteArray &bytes)
{
    static int number = 0;
    QFile file(dir.filePath(QStringLiteral("%1.mp4").arg(++number)));
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() ? file.fileName() : QString();
}

inline QByteArray copied(const QTemporaryDir &dir, const QString &input, const QByteArray &line)
{
    const QString output = dir.filePath(QStringLiteral("copied.mp4"));
    // Its fragments are cut at key frames, as those of the segment are.
    if (!makeClip(QStringList{QStringLiteral("-i"), input} + QString::fromLatin1(line).split(u' ')
                  + QStringList{QStringLiteral("-movflags"), QStringLiteral("frag_keyframe+empty_moov+delay_moov+default_base_moof"), output}))
        return {};
    QFile file(output);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Two seconds by the ffmpeg program as fragmented MP4.
inline QByteArray clip(const QTemporaryDir &dir, const char *line)
{
    const QString source = QStringLiteral("testsrc2=size=160x96:rate=20:duration=2");
    const QString output = dir.filePath(QStringLiteral("clip.mp4"));
    QStringList arguments{QStringLiteral("-f"), QStringLiteral("lavfi"), QStringLiteral("-i"), source, QStringLiteral("-f"), QStringLiteral("lavfi"),
                          QStringLiteral("-i"), QStringLiteral("sine=duration=2")};
    arguments += QString::fromLatin1(line).split(u' ');
    arguments << QStringLiteral("-pix_fmt") << QStringLiteral("yuv420p") << QStringLiteral("-movflags")
              << QStringLiteral("frag_keyframe+empty_moov+delay_moov+default_base_moof") << output;
    if (!makeClip(arguments))
        qFatal("ffmpeg made no clip");
    QFile file(output);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace vedette::test
