// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/segment_name.h"
#include "tests/core/recordings/recorded_pictures.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

namespace vedette::test {

/// A folder of recordings as an agent leaves it.
class RecordingTree {
public:
    QString path() const { return m_folder.path(); }

    /// Under the name that belongs to its first picture; its path, empty when it could not be written.
    QString add(const QString &camera, UtcTime from, const QByteArray &bytes) const
    {
        protocol::SegmentName name;
        name.camera = camera;
        name.start = std::chrono::floor<std::chrono::seconds>(from);
        const QString path = m_folder.filePath(name.path());
        QFile file(path);
        if (!QDir().mkpath(QFileInfo(path).path()) || !file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            return {};
        file.setFileTime(QDateTime::fromSecsSinceEpoch(1'790'000'000), QFileDevice::FileModificationTime); // it grows no more
        return file.flush() ? path : QString();
    }
    QString add(const QString &camera, const RecordedShape &shape) const { return add(camera, shape.from, segmentOf(recordedPictures(shape))); }

private:
    QTemporaryDir m_folder;
};

} // namespace vedette::test
