// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/camera_streams.h"
#include "app/wall/gl_surface.h"
#include "app/wall/software_surface.h"
#include "app/wall/wall_widget.h"
#include "core/media/native_frame.h"
#include "tests/app/wall/gl_here.h"
#include "tests/support/screen.h"
#include "tests/support/similarity.h"

#include <QApplication>
#include <QTest>

#include <cmath>

using namespace vedette;
using namespace vedette::app;

namespace {

struct Listener final : WallSurfaceListener {
    void presented(WallTile &, const media::Frame &frame) override { shown.push_back(frame.pts); }
    void surfaceFailed(const QString &why) override { failures << why; }
    std::vector<microseconds> shown;
    QStringList failures;
};

CameraFeed feed(const char *id)
{
    CameraFeed f;
    f.id = QString::fromLatin1(id);
    f.name = QStringLiteral("Camera ") + f.id;
    f.agent = QStringLiteral("pi");
    return f;
}

/// Shades that move with number; the luma of the top left corner says which.
media::Frame frameOf(int number, AVPixelFormat format = AV_PIX_FMT_YUV420P, int width = 1280, int height = 720)
{
    media::AvFramePtr picture = media::allocatePicture(width, height, format, {AVCOL_SPC_BT709, false});
    const bool wide = format == AV_PIX_FMT_YUV420P10LE;
    for (int plane = 0; plane < 3; ++plane) {
        const int w = plane == 0 ? width : width / 2, h = plane == 0 ? height : height / 2;
        for (int y = 0; y < h; ++y) {
            std::uint8_t *row = picture->data[plane] + std::ptrdiff_t{y} * picture->linesize[plane];
            for (int x = 0; x < w; ++x) {
                const bool corner = x < w / 4 && y < h / 4;
                const bool line = plane == 0 && (x % 9 == 0 || y % 11 == 0);
                const int value = corner ? (plane == 0 ? 30 + number * 10 : 128) : line ? 210 : 90 + int(40 * std::sin((x + number * 9) / 80.0) * std::cos(y / 60.0));
                if (wide)
                    reinterpret_cast<std::uint16_t *>(row)[x] = std::uint16_t(value * 4);
                else
                    row[x] = std::uint8_t(value);
            }
        }
    }
    media::Frame frame = media::makeFrame(std::move(picture));
    frame.pts = microseconds{number};
    return frame;
}

int cornerOf(const QImage &picture)
{
    return qGray(picture.pixel(picture.width() / 8, picture.height() / 8));
}

int cornerWanted(int number)
{
    return qRound((30 + number * 10 - 16) * 255 / 219.0);
}

/// Four cameras in a window: one live, one old, one whose pictures the GPU does not take, one without any.
struct Wall {
    explicit Wall(bool gpu) : streams(clock)
    {
        streams.setFeeds({feed("live"), feed("old"), feed("deep"), feed("none")});
        window.resize(900, 620);
        scene.metrics = wallMetrics(4, window.font());
        const auto cells = tileRects({WallShape::Kind::Grid, 2, 2}, window.rect(), scene.metrics);
        for (std::size_t i = 0; i < 4; ++i) {
            WallTile tile;
            tile.camera = streams.all()[i].get();
            tile.rect = cells[i];
            tile.view.text = tile.camera->text();
            tile.view.text.health.state = i < 3 ? CameraHealth::State::Live : CameraHealth::State::Offline;
            tile.view.text.headline = QStringLiteral("Not live. Last picture 14:06:53");
            tile.view.text.latency = QStringLiteral("88 ms");
            tile.view.selected = i == 0;
            tile.view.pictureSize = {16, 9};
            scene.tiles.push_back(std::move(tile));
        }
        scene.tiles[1].view.text.health.state = CameraHealth::State::Stale;
        scene.tiles[1].dimmed = true;
        if (gpu)
            surface = std::make_unique<GlSurface>(scene, listener, &window);
        else
            surface = std::make_unique<SoftwareSurface>(scene, listener, &window);
        surface->canvas().setGeometry(window.rect());
        surface->refresh(window.rect());
    }

    void draw(std::size_t tile, const media::Frame &frame)
    {
        scene.tiles[tile].frame = frame;
        surface->draw(scene.tiles[tile]);
    }

    void drawAll()
    {
        draw(0, frameOf(1));
        draw(1, frameOf(2));
        draw(2, frameOf(3, AV_PIX_FMT_YUV420P10LE));
    }

    bool complete() const
    {
        return std::all_of(scene.tiles.begin(), scene.tiles.begin() + 3, [](const WallTile &t) { return t.view.hasPicture(); });
    }

    SystemClock clock;
    CameraStreams streams;
    WallScene scene;
    Listener listener;
    QWidget window;
    std::unique_ptr<WallSurface> surface;
};

} // namespace

class TestGlWall : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (const QString why = test::whyNoOpenGl(); !why.isEmpty())
            QSKIP(qPrintable(why));
    }

    void wallLooksAsBySoftware()
    {
        Wall ours(true), theirs(false);
        for (Wall *wall : {&ours, &theirs}) {
            wall->window.show();
            QVERIFY(QTest::qWaitForWindowExposed(&wall->window));
            wall->drawAll();
            QTRY_VERIFY(wall->complete());
        }
        QCOMPARE(ours.listener.failures, QStringList());
        QVERIFY(ours.scene.tiles[0].view.drawnBelow);
        QVERIFY(!ours.scene.tiles[2].view.drawnBelow); // 10 bits
        const QImage a = ours.window.grab().toImage().convertToFormat(QImage::Format_RGB32);
        const QImage b = theirs.window.grab().toImage().convertToFormat(QImage::Format_RGB32);
        QCOMPARE(a.size(), b.size());
        for (const WallTile &tile : ours.scene.tiles) {
            std::vector<double> left, right;
            for (int y = tile.rect.top(); y <= tile.rect.bottom(); ++y) {
                for (int x = tile.rect.left(); x <= tile.rect.right(); ++x) {
                    left.push_back(qGray(a.pixel(x, y)));
                    right.push_back(qGray(b.pixel(x, y)));
                }
            }
            const double like = test::ssim(left, right, tile.rect.width(), tile.rect.height());
            QVERIFY2(like >= 0.98, qPrintable(QStringLiteral("%1 %2").arg(tile.id()).arg(like)));
        }
        // The bars and the gutters are the same to the last bit.
        for (int x = 0; x < a.width(); ++x) {
            QCOMPARE(a.pixel(x, 1), b.pixel(x, 1));
            QCOMPARE(a.pixel(x, ours.scene.tiles[0].rect.top() + 4), b.pixel(x, ours.scene.tiles[0].rect.top() + 4));
        }
    }

    void neverBackInTime()
    {
        Wall wall(true);
        wall.window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&wall.window));
        // The CPU still works on the deep pictures when the GPU's newer one comes.
        for (int number = 1; number <= 12; ++number) {
            const bool deep = number % 3 == 1;
            wall.draw(0, frameOf(number, deep ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P));
            if (!deep) {
                QVERIFY(wall.scene.tiles[0].view.drawnBelow);
                const int corner = cornerOf(wall.surface->picture(wall.scene.tiles[0]));
                QVERIFY2(qAbs(corner - cornerWanted(number)) <= 3, qPrintable(QStringLiteral("%1 at %2").arg(corner).arg(number)));
            }
            QCoreApplication::processEvents();
        }
        QTRY_VERIFY(!wall.listener.shown.empty() && wall.listener.shown.back() == microseconds{12});
        QVERIFY(std::is_sorted(wall.listener.shown.begin(), wall.listener.shown.end()));
        QCOMPARE(wall.listener.failures, QStringList());
        // A GPU's picture gives way to the CPU's as well.
        wall.draw(0, frameOf(13, AV_PIX_FMT_YUV420P10LE));
        QTRY_VERIFY(!wall.scene.tiles[0].view.drawnBelow);
        QVERIFY(qAbs(cornerOf(wall.surface->picture(wall.scene.tiles[0])) - cornerWanted(13)) <= 3);
    }

    void sizesChangeAndTilesGo()
    {
        Wall wall(true);
        wall.window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&wall.window));
        wall.drawAll();
        for (const QSize size : {QSize(2, 2), QSize(641, 361), QSize(1920, 1080), QSize(64, 48)}) {
            wall.scene.tiles[0].view.pictureSize = size;
            wall.surface->refresh(wall.scene.tiles[0].rect);
            wall.draw(0, frameOf(5, AV_PIX_FMT_YUV420P, size.width() + size.width() % 2, size.height() + size.height() % 2));
            wall.window.resize(700 + size.width() % 97, 500);
            wall.surface->canvas().setGeometry(wall.window.rect());
            QVERIFY(!wall.surface->picture(wall.scene.tiles[0]).isNull());
        }
        wall.scene.tiles[0].frame = {};
        wall.scene.tiles[0].view.drawnBelow = false;
        wall.surface->forget(wall.scene.tiles[0].id());
        wall.surface->refresh(wall.window.rect());
        wall.window.grab();
        QVERIFY(wall.surface->picture(wall.scene.tiles[0]).isNull());
        QCOMPARE(wall.listener.failures, QStringList());
    }

    void softwareGoesOn()
    {
        SystemClock clock;
        CameraStreams streams(clock);
        WallWidget wall(streams, clock, {true, QStringLiteral("as asked")});
        streams.setFeeds({feed("a"), feed("b")});
        wall.resize(600, 400);
        wall.show();
        QVERIFY(QTest::qWaitForWindowExposed(&wall));
        wall.select(QStringLiteral("b"));
        QVERIFY(wall.renderer().gpu);
        static_cast<WallSurfaceListener &>(wall).surfaceFailed(QStringLiteral("the GPU was reset"));
        QTRY_VERIFY(!wall.renderer().gpu);
        QCOMPARE(wall.renderer().reason, QStringLiteral("OpenGL failed: the GPU was reset"));
        QCOMPARE(wall.selected(), QStringLiteral("b"));
        QVERIFY(!wall.tileRect(QStringLiteral("a")).isEmpty());
        QVERIFY(wall.grab().toImage().pixelColor(wall.tileRect(QStringLiteral("a")).center()) != QColor(Qt::black));
    }
};

int main(int argc, char **argv)
{
    if (const int code = test::runOnScreen(argc, argv); code >= 0)
        return code;
    QApplication application(argc, argv);
    TestGlWall test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_gl_wall.moc"
