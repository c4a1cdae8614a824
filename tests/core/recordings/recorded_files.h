// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/segment_muxer.h"
#include "core/protocol/capture_sei.h"
#include "tests/core/media/media_fixture.h"

#include <QFile>
#include <QFileInfo>

namespace vedette::test {

inline constexpr microseconds kPictureTime{50'000};

struct SegmentPlan {
    UtcTime from{};                    ///< capture time of the first picture
    int pictures = 40;                 ///< at most 100, 50 ms each; a fragment every ten
    bool stamped = true;               ///< with the SEI
    bool known = true;                 ///< of a clock that had been synchronised
    std::uint64_t run = 7;
    bool finished = true;              ///< with its index
};

/// The pictures of all such segments, encoded once.
inline const std::vector<media::PacketPtr> &segmentPictures(media::StreamInfo &info)
{
    static media::StreamInfo known;
    static const std::vector<media::PacketPtr> pictures = encodePictures(100, 160, 96, &known);
    info = known;
    return pictures;
}

/// A recorded segment as an agent's recorder makes it; empty when that failed.
inline QByteArray segmentBytes(const SegmentPlan &plan)
{
    media::StreamInfo info;
    const std::vector<media::PacketPtr> &pictures = segmentPictures(info);
    QByteArray out;
    auto muxer = media::SegmentMuxer::open(info, [&out](std::span<const std::uint8_t> bytes) -> Status {
        out.append(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        return {};
    });
    for (int i = 0; muxer && i < plan.pictures; ++i) {
        auto packet = std::make_shared<media::Packet>(*pictures.at(static_cast<std::size_t>(i)));
        CaptureStamp stamp;
        stamp.run = plan.run;
        stamp.sequence = static_cast<std::uint64_t>(i);
        stamp.captured = plan.from + kPictureTime * i;
        stamp.known = plan.known;
        if (plan.stamped)
            packet->data = media::insertUserDataSei(packet->codec, packet->data, protocol::encodeCapture(stamp));
        if (!(*muxer)->write(packet) || (i % 10 == 0 && !(*muxer)->flushFragment()))
            return {};
    }
    if (muxer && plan.finished && !(*muxer)->finish())
        return {};
    return out;
}

inline bool writeBytes(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return QDir().mkpath(QFileInfo(path).path()) && file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

inline bool writeSegment(const QString &path, const SegmentPlan &plan)
{
    const QByteArray bytes = segmentBytes(plan);
    return !bytes.isEmpty() && writeBytes(path, bytes);
}

/// So that it is taken for one that nobody writes any more.
inline bool makeOld(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadWrite) && file.setFileTime(QDateTime::currentDateTimeUtc().addSecs(-3600), QFileDevice::FileModificationTime);
}

} // namespace vedette::test
