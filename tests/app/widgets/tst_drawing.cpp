// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/digits.h"
#include "app/widgets/glyphs.h"
#include "app/widgets/icon.h"
#include "app/widgets/time_text.h"

#include <QDir>
#include <QImage>
#include <QPainter>
#include <QTest>

using namespace vedette;
using namespace vedette::app;

namespace {

QImage drawn(Glyph glyph, const Theme &theme, int side)
{
    QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
    image.fill(theme.color(Token::Panel));
    QPainter painter(&image);
    drawGlyph(painter, image.rect(), glyph, theme);
    return image;
}

} // namespace

class TestDrawing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyGlyphHasItsOwnShape()
    {
        const Glyph all[] = {Glyph::Live, Glyph::Direct, Glyph::Fallback, Glyph::Connecting, Glyph::Stale, Glyph::Offline,
                             Glyph::Paused, Glyph::Recording, Glyph::NotRecording, Glyph::Playback, Glyph::Info,
                             Glyph::Warning, Glyph::Major, Glyph::Critical};
        for (const Theme *theme : {&Theme::dark(), &Theme::light()}) {
            QList<QImage> shapes;
            for (Glyph glyph : all) {
                QImage image(16, 16, QImage::Format_ARGB32_Premultiplied);
                image.fill(Qt::black);
                {
                    QPainter painter(&image);
                    drawGlyph(painter, image.rect(), glyph, *theme, Qt::white); // shape alone, without colour
                }
                QVERIFY(!shapes.contains(image));
                shapes << image;
                QVERIFY(drawn(glyph, *theme, 28) != drawn(Glyph::None, *theme, 28));
            }
        }
        drawn(Glyph::Live, Theme::dark(), 1); // no size breaks it
    }

    void digitsKeepTheirPlace()
    {
        QFont font;
        font.setPixelSize(13);
        const QFontMetricsF metrics(font);
        QCOMPARE(digitsWidth(metrics, QStringLiteral("111 ms")), digitsWidth(metrics, QStringLiteral("888 ms")));
        DigitLabel label(TextRole::Secondary);
        label.setReserve(QStringLiteral("8888 ms"));
        const QSize before = label.sizeHint();
        label.setText(QStringLiteral("8 ms"));
        QCOMPARE(label.sizeHint(), before);
    }

    void everyIconLoads()
    {
        QVERIFY(QDir(QStringLiteral(":/icons")).entryList().size() >= 15);
        for (const QString &file : QDir(QStringLiteral(":/icons")).entryList()) {
            const QIcon loaded = icon(file.chopped(4));
            QVERIFY2(!loaded.isNull(), qPrintable(file));
            const QImage image = loaded.pixmap(20, 20).toImage();
            bool ink = false;
            for (int y = 0; y < image.height() && !ink; ++y)
                for (int x = 0; x < image.width() && !ink; ++x)
                    ink = qAlpha(image.pixel(x, y)) > 128;
            QVERIFY2(ink, qPrintable(file));
        }
        QVERIFY(icon(QStringLiteral("no-such-icon")).isNull());
    }

    void times_data()
    {
        QTest::addColumn<qint64>("seconds");
        QTest::addColumn<QString>("age");
        QTest::newRow("zero") << qint64(0) << QStringLiteral("00:00");
        QTest::newRow("38 s") << qint64(38) << QStringLiteral("00:38");
        QTest::newRow("hour") << qint64(3723) << QStringLiteral("1:02:03");
        QTest::newRow("days") << qint64(2 * 86400 + 3 * 3600) << QStringLiteral("2 d 3 h");
        QTest::newRow("negative") << qint64(-5) << QStringLiteral("00:00");
    }
    void times()
    {
        QFETCH(qint64, seconds);
        QFETCH(QString, age);
        QCOMPARE(ageText(std::chrono::seconds(seconds)), age);
    }

    void countdownRoundsUp()
    {
        QCOMPARE(countdownText(milliseconds(1)), QStringLiteral("0:01"));
        QCOMPARE(countdownText(milliseconds(12'000)), QStringLiteral("0:12"));
        QCOMPARE(countdownText(milliseconds(-5)), QStringLiteral("0:00"));
    }

    void latency()
    {
        QCOMPARE(latencyText(88.4), QStringLiteral("88 ms"));
        QCOMPARE(latencyText(999.6), QStringLiteral("1.0 s"));
        QCOMPARE(latencyText(std::nullopt), QStringLiteral("—"));
    }
};

QTEST_MAIN(TestDrawing)
#include "tst_drawing.moc"
