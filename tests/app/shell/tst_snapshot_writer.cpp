// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/snapshot_writer.h"

#include "core/protocol/capture_jpeg.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>

using namespace vedette;
using namespace vedette::app;

namespace {

media::Frame picture(const std::optional<CaptureStamp> &stamp)
{
    media::FrameBuffer buffer(320, 180);
    for (int plane = 0; plane < 3; ++plane)
        std::memset(buffer.plane(plane), 128, std::size_t(buffer.stride(plane)) * std::size_t(plane == 0 ? 180 : 90));
    media::Frame frame = buffer.release(monoFromMicros(1), microseconds(1));
    frame.capture = stamp;
    return frame;
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestSnapshotWriter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cameraAndTimeAreInIt()
    {
        QTemporaryDir dir;
        SnapshotWriter writer(dir.filePath(QStringLiteral("a/b")));
        QSignalSpy written(&writer, &SnapshotWriter::written);
        const CaptureStamp stamp{7, 1, 42, utcFromMicros(1'795'262'400'123'456), microseconds(350), true};
        writer.write(QStringLiteral("gate"), QStringLiteral("Gate street"), picture(stamp));
        writer.write(QStringLiteral("gate"), {}, picture(stamp)); // the same moment again is another file
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 2, 10'000);
        const QString file = written[0][0].toString();
        QCOMPARE(QFileInfo(file).fileName(), QStringLiteral("gate_20261121T120000123Z.jpg"));
        QCOMPARE(QFileInfo(written[1][0].toString()).fileName(), QStringLiteral("gate_20261121T120000123Z-2.jpg"));
        const QByteArray jpeg = contentOf(file);
        QCOMPARE(QImage::fromData(jpeg).size(), QSize(320, 180));
        QVERIFY(jpeg.contains("camera gate (Gate street), captured 2026-11-21T12:00:00.123456Z"));
        const auto found = protocol::findJpegCapture({reinterpret_cast<const std::uint8_t *>(jpeg.constData()), std::size_t(jpeg.size())});
        QVERIFY(found && *found == stamp);
    }

    void unknownTimesAreNotMadeUp()
    {
        QTemporaryDir dir;
        SnapshotWriter writer(dir.path());
        QSignalSpy written(&writer, &SnapshotWriter::written);
        writer.write(QStringLiteral("gate"), {}, picture({}));
        writer.write(QStringLiteral("gate"), {}, {}); // no picture is no file
        QTRY_COMPARE_WITH_TIMEOUT(written.size(), 1, 10'000);
        QCOMPARE(QFileInfo(written[0][0].toString()).fileName(), QStringLiteral("gate_unknown.jpg"));
        QVERIFY(contentOf(written[0][0].toString()).contains("captured unknown"));
    }

    void aFolderThatCannotBeIsSaid()
    {
        QTemporaryDir dir;
        QFile file(dir.filePath(QStringLiteral("taken")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        SnapshotWriter writer(dir.filePath(QStringLiteral("taken/below")));
        QSignalSpy failed(&writer, &SnapshotWriter::failed);
        writer.write(QStringLiteral("gate"), {}, picture({}));
        QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 10'000);
        QVERIFY(failed[0][0].toString().contains(QStringLiteral("taken/below")));
    }
};

QTEST_MAIN(TestSnapshotWriter)
#include "tst_snapshot_writer.moc"
