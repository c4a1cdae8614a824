// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/burn_in.h"

#include "core/media/decoder.h"
#include "core/media/encoder.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::agent;

namespace {

constexpr std::string_view kLetters = " O123456789ABCDEFGHIJKLMNPQRSTUVWXYZ-.:?";
const UtcTime kTime = utcFromMicros(1'795'270'500'123'456); // 2026-11-21 14:15:00.123456

enum class Ground : std::uint8_t { Black, White, Noise };

media::Frame pictureOf(int width, int height, Ground ground, std::optional<CaptureStamp> capture)
{
    media::FrameBuffer buffer(width, height);
    std::mt19937 random(1);
    for (int plane = 0; plane < 3; ++plane) {
        for (int y = 0; y < (plane == 0 ? height : height / 2); ++y) {
            for (int x = 0; x < (plane == 0 ? width : width / 2); ++x) {
                const int flat = plane > 0 ? 200 : ground == Ground::White ? 235 : 16;
                buffer.plane(plane)[y * buffer.stride(plane) + x] = std::uint8_t(ground == Ground::Noise ? 16 + random() % 219 : flat);
            }
        }
    }
    media::Frame frame = buffer.release(MonoTime{milliseconds{7}}, milliseconds{5});
    frame.capture = capture;
    return frame;
}

CaptureStamp stampAt(UtcTime time, bool known = true)
{
    CaptureStamp stamp;
    stamp.captured = time;
    stamp.known = known;
    return stamp;
}

settings::CameraSettings camera(const QString &burnIn, const QString &name = {})
{
    settings::CameraSettings settings;
    settings.id = QStringLiteral("gate-1");
    settings.name = name;
    settings.burnIn = burnIn;
    return settings;
}

/// Reads a line of the picture by trying every letter in every cell; the line is the one from the bottom. O and 0 look alike.
QString readLine(const media::Frame &frame, int capHeight, int fromBottom)
{
    media::StrokeFont font(capHeight);
    const int left = capHeight / 2;
    const int top = frame.height - fromBottom * 2 * capHeight + capHeight / 2;
    const int width = font.advance();
    const int height = capHeight + 2; // strokes are thicker than their lines
    std::vector<std::uint8_t> cell(std::size_t(width) * std::size_t(height));
    QString text;
    for (int x = left; x + width <= frame.width; x += width) {
        char best = '?';
        int least = INT_MAX;
        for (const char letter : kLetters) {
            std::fill(cell.begin(), cell.end(), 60);
            font.draw({cell.data(), width, width, height}, QString(QLatin1Char(letter)), 0, 0, 235);
            int apart = 0;
            for (int y = 0; y < height; ++y)
                for (int i = 0; i < width; ++i)
                    apart += std::abs((frame.planes[0][(top + y) * frame.strides[0] + x + i] > 150) - (cell[std::size_t(y * width + i)] > 150));
            if (apart < least) {
                least = apart;
                best = letter;
            }
        }
        text += QLatin1Char(best);
    }
    return text.replace(u'0', u'O').trimmed();
}

QString read(QString text)
{
    return text.replace(u'0', u'O');
}

} // namespace

class TestBurnIn : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isReadOnEveryGround_data()
    {
        QTest::addColumn<int>("ground");
        QTest::addColumn<QSize>("size");
        for (const auto size : {QSize(1920, 1080), QSize(640, 360), QSize(320, 240)}) {
            QTest::addRow("black %d", size.width()) << int(Ground::Black) << size;
            QTest::addRow("white %d", size.width()) << int(Ground::White) << size;
            QTest::addRow("noise %d", size.width()) << int(Ground::Noise) << size;
        }
    }
    void isReadOnEveryGround()
    {
        QFETCH(int, ground);
        QFETCH(QSize, size);
        BurnIn burnIn(camera(QStringLiteral("both"), QStringLiteral("Yard north")));
        const auto frame = pictureOf(size.width(), size.height(), Ground(ground), stampAt(kTime));
        const auto drawn = burnIn.draw(frame, {size.width(), size.height()});
        QVERIFY(drawn);
        const int capHeight = size.height() / 30;
        QCOMPARE(readLine(*drawn, capHeight, 2).left(10), QStringLiteral("YARD NORTH"));
        const QString time = QStringLiteral("2026-11-21 14:15:00.123 UTC");
        QCOMPARE(readLine(*drawn, capHeight, 1).left(time.size()), read(time));
        QVERIFY(drawn->captured == frame.captured && drawn->pts == frame.pts && drawn->capture == frame.capture);
    }

    void nothingElseIsTouched()
    {
        const auto frame = pictureOf(640, 360, Ground::Noise, stampAt(kTime));
        QVERIFY(BurnIn(camera(QStringLiteral("none"))).draw(frame, {640, 360})->handle == frame.handle);
        const auto drawn = BurnIn(camera(QStringLiteral("time"))).draw(frame, {640, 360});
        QVERIFY(drawn && drawn->handle != frame.handle);
        QCOMPARE(readLine(*drawn, 12, 1).left(10), read(QStringLiteral("2026-11-21")));
        for (int y = 0; y < 360; ++y) {
            const auto same = [&](int plane, int row, int from, int to) {
                return std::equal(drawn->planes[plane] + row * drawn->strides[plane] + from, drawn->planes[plane] + row * drawn->strides[plane] + to,
                                  frame.planes[plane] + row * frame.strides[plane] + from);
            };
            const bool beside = y < 360 - 24;
            QVERIFY(same(0, y, beside ? 0 : 400, 640));
            QVERIFY(same(1, y / 2, beside ? 0 : 200, 320));
        }
    }

    void anUnknownTimeIsSaid()
    {
        for (const auto &capture : {std::optional<CaptureStamp>(), std::optional(stampAt(kTime, false))}) {
            const auto drawn = BurnIn(camera(QStringLiteral("time"))).draw(pictureOf(640, 360, Ground::Black, capture), {640, 360});
            QVERIFY(drawn);
            QCOMPARE(readLine(*drawn, 12, 1), QStringLiteral("TIME UNKNOWN"));
        }
    }

    void names_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("written");
        QTest::newRow("none") << QString() << QStringLiteral("GATE-1");
        QTest::newRow("accents") << QStringLiteral("Höfe 3") << QStringLiteral("HOFE 3");
        QTest::newRow("no letters for it") << QStringLiteral("大门") << QStringLiteral("GATE-1");
        QTest::newRow("long") << QString(64, u'x') << QString(29, u'X') + QStringLiteral("..");
    }
    void names()
    {
        QFETCH(QString, name);
        QFETCH(QString, written);
        const auto drawn = BurnIn(camera(QStringLiteral("name"), name)).draw(pictureOf(192, 120, Ground::Black, {}), {192, 120});
        QVERIFY(drawn);
        QCOMPARE(readLine(*drawn, 6, 1), written);
    }

    void everySize()
    {
        BurnIn burnIn(camera(QStringLiteral("both"), QStringLiteral("Yard")));
        for (const auto &[width, height] : {std::pair{16, 16}, {2, 2}, {16, 2000}, {2000, 16}, {64, 48}, {160, 90}}) {
            const auto drawn = burnIn.draw(pictureOf(width, height, Ground::Noise, stampAt(kTime)), {width, height});
            QVERIFY(drawn && drawn->width == width && drawn->height == height);
        }
        // Scaled down on the way, from other colours.
        const auto drawn = burnIn.draw(pictureOf(1280, 720, Ground::White, stampAt(kTime)), {640, 360});
        QVERIFY(drawn);
        QCOMPARE(readLine(*drawn, 12, 2).left(4), QStringLiteral("YARD"));
    }

    void survivesTheEncoder()
    {
        BurnIn burnIn(camera(QStringLiteral("both"), QStringLiteral("Yard")));
        media::EncoderConfig config;
        config.width = 640;
        config.height = 360;
        auto encoder = media::Encoder::create(config);
        QVERIFY(encoder);
        const auto packets = (*encoder)->encode(*burnIn.draw(pictureOf(640, 360, Ground::White, stampAt(kTime)), {640, 360}), true);
        QVERIFY(packets && packets->size() == 1);
        auto decoder = media::Decoder::create((*encoder)->info());
        QVERIFY(decoder);
        auto frames = (*decoder)->decode(packets->front());
        QVERIFY(frames && frames->size() == 1);
        QCOMPARE(readLine(frames->front(), 12, 1).left(19), read(QStringLiteral("2026-11-21 14:15:00")));
    }

    void benchmark()
    {
        BurnIn burnIn(camera(QStringLiteral("both"), QStringLiteral("Yard")));
        const auto frame = pictureOf(1920, 1080, Ground::Noise, stampAt(kTime));
        QBENCHMARK {
            QVERIFY(burnIn.draw(frame, {1920, 1080}));
        }
    }
};

QTEST_GUILESS_MAIN(TestBurnIn)
#include "tst_burn_in.moc"
