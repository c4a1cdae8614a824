// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/recordings/catalog.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <future>

namespace vedette::test {

/// What a catalog must know of a file, without media: each byte is a picture of 100 ms. An 'X' at the beginning is no segment.
inline Result<agent::RecordedSegment> recoverBytes(const QString &file, const protocol::SegmentName &name)
{
    QFile opened(file);
    if (!opened.open(QIODevice::ReadOnly))
        return fail(ErrorKind::Unavailable, opened.errorString());
    const QByteArray bytes = opened.readAll();
    if (bytes.startsWith('X'))
        return fail(ErrorKind::Corrupt, file);
    agent::RecordedSegment segment;
    segment.name = name;
    segment.from = name.start.value_or(std::chrono::sys_seconds{});
    segment.to = segment.from + milliseconds{100} * bytes.size();
    segment.codec = media::Codec::H264;
    segment.bytes = segment.frames = static_cast<std::uint64_t>(bytes.size());
    return segment;
}

inline agent::RecordedSegment bytesSegment(const QString &camera, std::chrono::sys_seconds start, int bytes = 0)
{
    agent::RecordedSegment segment;
    segment.name.camera = camera;
    segment.name.start = start;
    segment.name.run = 7;
    segment.from = start;
    segment.to = segment.from + milliseconds{100} * bytes;
    segment.codec = media::Codec::H264;
    segment.bytes = segment.frames = static_cast<std::uint64_t>(bytes);
    return segment;
}

inline bool writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return QDir().mkpath(QFileInfo(path).path()) && file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

/// Paths below the folder, without manifests, finished or not, and the catalog's own files.
inline QStringList filesBelow(const QString &folder)
{
    QStringList out;
    QDirIterator each(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (each.hasNext()) {
        const QString path = each.next().mid(folder.size() + 1);
        if (path.contains(u'/') && !path.contains(QLatin1String(".json")))
            out.append(path);
    }
    out.sort();
    return out;
}

/// Waits for what the catalog's thread answers.
template <typename Value, typename Ask>
Result<Value> answerOf(Ask ask)
{
    auto promise = std::make_shared<std::promise<Result<Value>>>();
    auto future = promise->get_future();
    ask([promise](Result<Value> value) { promise->set_value(std::move(value)); });
    if (future.wait_for(std::chrono::seconds{20}) != std::future_status::ready)
        return fail(ErrorKind::Timeout, QStringLiteral("the catalog gave no answer"));
    return future.get();
}

} // namespace vedette::test
