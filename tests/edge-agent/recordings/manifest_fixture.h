// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/recordings/ledger.h"
#include "edge-agent/recordings/manifests.h"
#include "tests/edge-agent/recordings/recorder_fixture.h"
#include "tests/support/manual_clock.h"

#include <QDir>
#include <QFile>

namespace vedette::test {

inline const agent::RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};

/// A real segment of 40 pictures in four fragments, the first number first of the stream.
inline agent::RecordedSegment realSegment(const QString &folder, int first, bool known = true)
{
    static const ManualClock clock;
    static const PictureStream stream(160, 96);
    const agent::SegmentPlace place{agent::linuxSegmentDisk(), clock, folder};
    auto writer = agent::SegmentWriter::open(place, kGate, stream.info, *stream.picture(first, 7, known), first / 40);
    if (!writer)
        qFatal("%s", qPrintable(writer.error().error().text()));
    for (int n = first; n < first + 40; ++n) {
        if (!(*writer)->write(stream.picture(n, 7, known)) || (n % 10 == 0 && !(*writer)->flush()))
            qFatal("a picture cannot be written");
    }
    if (!(*writer)->finish(PictureStream::captured(first + 40)))
        qFatal("the segment cannot be finished");
    return (*writer)->segment();
}

inline QByteArray contentsOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// One bit of a file, so many bytes from its beginning.
inline bool flip(const QString &path, qsizetype at)
{
    QFile file(path);
    char byte = 0;
    return file.open(QIODevice::ReadWrite) && file.seek(at) && file.getChar(&byte) && file.seek(at) && file.putChar(static_cast<char>(byte ^ 4));
}

} // namespace vedette::test
