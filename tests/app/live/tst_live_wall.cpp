// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/camera_streams.h"
#include "app/wall/wall_widget.h"
#include "core/media/encoder.h"
#include "core/media/muxer.h"

#include <QApplication>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <cstring>

using namespace vedette;
using namespace vedette::app;

namespace {

/// A real MPEG-TS file of a grey picture with a bright left half, so that scaling and colours can be checked.
void writeClip(const QString &path, int frames)
{
    media::EncoderConfig config;
    config.width = 320;
    config.height = 180;
    config.framerate = 20;
    config.bitrateKbps = 500;
    config.preset = QStringLiteral("ultrafast");
    auto encoder = media::Encoder::create(config);
    QVERIFY2(encoder.has_value(), "encoder");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    std::unique_ptr<media::Muxer> muxer;
    for (int i = 0; i < frames; ++i) {
        media::FrameBuffer buffer(config.width, config.height);
        for (int y = 0; y < config.height; ++y) {
            std::memset(buffer.plane(0) + y * buffer.stride(0), 220, 160);
            std::memset(buffer.plane(0) + y * buffer.stride(0) + 160, 60, 160);
        }
        for (int plane : {1, 2}) {
            for (int y = 0; y < config.height / 2; ++y)
                std::memset(buffer.plane(plane) + y * buffer.stride(plane), 128, 160);
        }
        const auto packets = (*encoder)->encode(buffer.release(monoFromMicros(i * 50'000), microseconds(i * 50'000)), i == 0);
        QVERIFY(packets.has_value());
        for (const media::PacketPtr &packet : *packets) {
            if (!muxer) {
                auto opened = media::Muxer::openTs((*encoder)->info(), [&file](std::span<const std::uint8_t> bytes) {
                    file.write(reinterpret_cast<const char *>(bytes.data()), qint64(bytes.size()));
                });
                QVERIFY(opened.has_value());
                muxer = std::move(*opened);
            }
            QVERIFY(muxer->write(packet).has_value());
        }
    }
}

CameraFeed feed(const QString &id, const QStringList &urls)
{
    CameraFeed f;
    f.id = id;
    f.name = QStringLiteral("Camera ") + id;
    f.agent = QStringLiteral("pi");
    f.urls = urls;
    return f;
}

} // namespace

class TestLiveWall : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_dir.isValid());
        m_clip = m_dir.filePath(QStringLiteral("clip.ts"));
        writeClip(m_clip, 200);
    }

    void showsARealPicture()
    {
        CameraStreams streams(m_clock);
        WallWidget wall(streams, m_clock);
        wall.resize(660, 420);
        wall.show();
        streams.setFeeds({feed(QStringLiteral("gate"), {m_clip})});
        QTRY_VERIFY_WITH_TIMEOUT(!wall.shownPicture(QStringLiteral("gate")).isNull(), 10'000);
        QTRY_COMPARE_WITH_TIMEOUT(streams.find(QStringLiteral("gate"))->condition().state, live::TileState::Live, 5'000);

        const QImage picture = wall.shownPicture(QStringLiteral("gate"));
        QVERIFY(qAbs(picture.width() / double(picture.height()) - 16.0 / 9) < 0.02);
        const int bright = qGray(picture.pixel(picture.width() / 4, picture.height() / 2));
        const int dark = qGray(picture.pixel(picture.width() * 3 / 4, picture.height() / 2));
        QVERIFY2(qAbs(bright - 237) < 8 && qAbs(dark - 51) < 8, qPrintable(QStringLiteral("%1 %2").arg(bright).arg(dark)));
        // On the screen too, not only in memory.
        const QImage grabbed = wall.grab().toImage();
        const QRect tile = wall.tileRect(QStringLiteral("gate"));
        QVERIFY(qAbs(qGray(grabbed.pixel(tile.left() + tile.width() / 4, tile.center().y() + 13)) - 237) < 8);
        const live::StreamStats stats = streams.find(QStringLiteral("gate"))->stats();
        QCOMPARE(stats.width, 320);
        QCOMPARE(streams.find(QStringLiteral("gate"))->receiverState().decoder, QStringLiteral("h264 software: hardware is not asked for"));
        QVERIFY(!stats.latencyMs); // this clip has no capture times
    }

    void eachPictureIsPresentedOnce()
    {
        CameraStreams streams(m_clock);
        WallWidget wall(streams, m_clock);
        wall.resize(660, 420);
        wall.show();
        std::vector<std::shared_ptr<const void>> seen;
        connect(&wall, &WallWidget::framePresented, this, [&seen](const QString &, const media::Frame &frame) { seen.push_back(frame.handle); });
        streams.setFeeds({feed(QStringLiteral("gate"), {m_clip})});
        int width = 660; // every new size draws the same picture again
        QTRY_VERIFY_WITH_TIMEOUT((wall.resize(++width, 420), seen.size() > 10), 10'000);
        QVERIFY(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    }

    void theWheelLooksCloser()
    {
        CameraStreams streams(m_clock);
        WallWidget wall(streams, m_clock);
        wall.resize(660, 420);
        wall.show();
        const QString gate = QStringLiteral("gate");
        streams.setFeeds({feed(gate, {m_clip})});
        QTRY_VERIFY_WITH_TIMEOUT(!wall.shownPicture(gate).isNull(), 10'000);
        const QPoint at = wall.tileRect(gate).center() - QPoint(150, 0); // in the bright half
        const auto turn = [&wall, at](int degrees) {
            QWheelEvent event(at, wall.mapToGlobal(at), {}, QPoint(0, degrees * 8), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
            QApplication::sendEvent(&wall, &event);
        };
        const auto rightEdge = [&wall, gate] {
            const QImage picture = wall.shownPicture(gate);
            return qGray(picture.pixel(picture.width() - 3, picture.height() / 2));
        };
        QVERIFY(rightEdge() < 70);
        for (int i = 0; i < 10; ++i)
            turn(15);
        QVERIFY(wall.zoom(gate).factor > 9);
        QTRY_VERIFY_WITH_TIMEOUT(rightEdge() > 220, 5'000); // the dark half is out of sight
        QTest::mousePress(&wall, Qt::LeftButton, {}, at);
        QTest::mouseMove(&wall, at - QPoint(50, 0));
        QTest::mouseRelease(&wall, Qt::LeftButton, {}, at - QPoint(50, 0));
        QVERIFY(wall.zoom(gate).topLeft.x() > 0.2);
        wall.setFocus();
        QTest::keyClick(&wall, Qt::Key_0);
        QVERIFY(wall.zoom(gate).isWhole());
        QTRY_VERIFY_WITH_TIMEOUT(rightEdge() < 70, 5'000);
    }

    void keysAndMouse()
    {
        CameraStreams streams(m_clock);
        WallWidget wall(streams, m_clock);
        wall.resize(900, 600);
        wall.show();
        streams.setFeeds({feed(QStringLiteral("a"), {}), feed(QStringLiteral("b"), {}), feed(QStringLiteral("c"), {}), feed(QStringLiteral("d"), {})});
        QCOMPARE(wall.selected(), QStringLiteral("a"));
        QTest::keyClick(&wall, Qt::Key_Right);
        QCOMPARE(wall.selected(), QStringLiteral("b"));
        QTest::keyClick(&wall, Qt::Key_Down);
        QCOMPARE(wall.selected(), QStringLiteral("d"));
        QTest::keyClick(&wall, Qt::Key_Return);
        QVERIFY(wall.isEnlarged());
        QVERIFY(wall.tileRect(QStringLiteral("a")).isEmpty());
        QVERIFY(wall.tileRect(QStringLiteral("d")).width() > 850);
        QTest::keyClick(&wall, Qt::Key_Left); // enlarged: the camera before
        QCOMPARE(wall.selected(), QStringLiteral("c"));
        QTest::keyClick(&wall, Qt::Key_Escape);
        QVERIFY(!wall.isEnlarged());
        QTest::mouseDClick(&wall, Qt::LeftButton, {}, wall.tileRect(QStringLiteral("a")).center());
        QVERIFY(wall.isEnlarged());
        QCOMPARE(wall.selected(), QStringLiteral("a"));
    }

    void smallLayoutsHavePages()
    {
        CameraStreams streams(m_clock);
        WallWidget wall(streams, m_clock);
        wall.resize(900, 600);
        QList<CameraFeed> feeds;
        for (int i = 0; i < 6; ++i)
            feeds << feed(QStringLiteral("c%1").arg(i), {});
        streams.setFeeds(feeds);
        wall.setMode({WallMode::Kind::Grid, 2});
        QVERIFY(!wall.tileRect(QStringLiteral("c0")).isEmpty());
        QVERIFY(wall.tileRect(QStringLiteral("c4")).isEmpty());
        wall.select(QStringLiteral("c5"));
        QVERIFY(wall.tileRect(QStringLiteral("c0")).isEmpty());
        QVERIFY(!wall.tileRect(QStringLiteral("c4")).isEmpty());
        QVERIFY(!wall.tileRect(QStringLiteral("c5")).isEmpty());
    }

    void camerasComeAndGo()
    {
        CameraStreams streams(m_clock);
        WallWidget wall(streams, m_clock);
        wall.resize(900, 600);
        wall.show();
        QSignalSpy selected(&wall, &WallWidget::selectionChanged);
        streams.setFeeds({feed(QStringLiteral("a"), {m_clip}), feed(QStringLiteral("b"), {m_clip})});
        QTRY_VERIFY_WITH_TIMEOUT(!wall.shownPicture(QStringLiteral("b")).isNull(), 10'000);
        wall.select(QStringLiteral("b"));
        const CameraStream *b = streams.find(QStringLiteral("b"));
        streams.setFeeds({feed(QStringLiteral("b"), {m_clip}), feed(QStringLiteral("c"), {})});
        QCOMPARE(streams.find(QStringLiteral("b")), b); // untouched
        QCOMPARE(wall.selected(), QStringLiteral("b"));
        QVERIFY(!wall.shownPicture(QStringLiteral("b")).isNull());
        streams.setFeeds({});
        QVERIFY(wall.selected().isEmpty());
        QCOMPARE(selected.last().first().toString(), QString());
        wall.grab();
    }

    void offlineIsSaidNotBlack()
    {
        CameraStreams streams(m_clock);
        WallWidget wall(streams, m_clock);
        wall.resize(600, 400);
        wall.show();
        streams.setFeeds({feed(QStringLiteral("gate"), {QStringLiteral("http://127.0.0.1:1/live/gate/main.ts")})});
        QTRY_COMPARE_WITH_TIMEOUT(streams.find(QStringLiteral("gate"))->condition().state, live::TileState::Offline, 10'000);
        const TileText text = streams.find(QStringLiteral("gate"))->text();
        QVERIFY(text.headline.startsWith(QStringLiteral("Offline since")));
        QCOMPARE(text.cause, QStringLiteral("The agent does not answer."));
        QVERIFY(wall.shownPicture(QStringLiteral("gate")).isNull());
    }

private:
    SystemClock m_clock;
    QTemporaryDir m_dir;
    QString m_clip;
};

QTEST_MAIN(TestLiveWall)
#include "tst_live_wall.moc"
