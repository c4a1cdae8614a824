// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/theme.h"

#include <QTest>

using namespace vedette::app;

/// The contrast table of the visual language, recomputed from the theme.
class TestTheme : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void contrastOnPanel_data()
    {
        QTest::addColumn<int>("token");
        QTest::addColumn<double>("dark");
        QTest::addColumn<double>("light");
        const auto row = [](Token t, double dark, double light) {
            QTest::newRow(Theme::name(t)) << int(t) << dark << light;
        };
        row(Token::Text, 14.0, 16.8);
        row(Token::Text2, 8.3, 8.4);
        row(Token::Muted, 6.1, 6.0);
        row(Token::Disabled, 3.1, 2.5);
        row(Token::Border, 4.0, 3.6);
        row(Token::Accent, 6.7, 5.6);
        row(Token::Playback, 13.9, 16.6);
        row(Token::Live, 10.6, 5.2);
        row(Token::Direct, 9.0, 5.5);
        row(Token::Fallback, 11.5, 3.5);
        row(Token::FallbackWord, 11.5, 6.2);
        row(Token::Stale, 5.7, 6.1);
        row(Token::Offline, 7.6, 4.9);
        row(Token::Recording, 4.4, 8.7);
        row(Token::Stored, 4.2, 6.5);
        row(Token::Transit, 10.0, 2.3);
        row(Token::OnEdge, 11.5, 8.0);
        row(Token::Expired, 4.6, 4.2);
        row(Token::Lost, 4.7, 4.1);
        row(Token::Warning, 12.8, 1.6);
        row(Token::WarningEdge, 12.8, 8.4);
        row(Token::WarningWord, 12.8, 6.3);
        row(Token::Major, 8.5, 4.6);
        row(Token::Critical, 5.0, 9.1);
    }
    void contrastOnPanel()
    {
        QFETCH(int, token);
        QFETCH(double, dark);
        QFETCH(double, light);
        const auto measured = [token](const Theme &theme) {
            return contrast(theme.color(Token(token)), theme.color(Token::Panel));
        };
        QVERIFY2(qAbs(measured(Theme::dark()) - dark) < 0.1, qPrintable(QString::number(measured(Theme::dark()))));
        QVERIFY2(qAbs(measured(Theme::light()) - light) < 0.1, qPrintable(QString::number(measured(Theme::light()))));
    }

    void textStaysReadableOnEverySurface()
    {
        for (const Theme *theme : {&Theme::dark(), &Theme::light()}) {
            for (Token surface : {Token::Well, Token::Window, Token::Panel, Token::Raised, Token::Hover, Token::SelBg}) {
                const QColor under = theme->color(surface);
                QVERIFY2(contrast(theme->color(Token::Text), under) >= 7, Theme::name(surface));
                QVERIFY2(contrast(theme->color(Token::Text2), under) >= 4.5, Theme::name(surface));
            }
            QVERIFY(contrast(theme->color(Token::OnAccent), theme->color(Token::AccentFill)) >= 4.5);
            QVERIFY(contrast(theme->color(Token::OnCritical), theme->color(Token::Critical)) >= 4.5);
        }
    }

    void paletteTellsItsTheme()
    {
        QVERIFY(Theme::of(Theme::dark().palette()).isDark());
        QVERIFY(!Theme::of(Theme::light().palette()).isDark());
        QVERIFY(Theme::forMode(ThemeMode::System, Theme::dark().palette()).isDark());
        QVERIFY(!Theme::forMode(ThemeMode::Light, Theme::dark().palette()).isDark());
    }

    void sheetHasNoTokenLeft()
    {
        for (const Theme *theme : {&Theme::dark(), &Theme::light()}) {
            const QString sheet = theme->styleSheet(1.0);
            QVERIFY(!sheet.isEmpty());
            QVERIFY(!sheet.contains(QLatin1Char('@')));
            QVERIFY(sheet.contains(theme->color(Token::Text2).name()));
        }
        QVERIFY(Theme::dark().styleSheet(2.0).contains(QStringLiteral("border-radius: 12px")));
        QVERIFY(Theme::dark().styleSheet(2.0).contains(QStringLiteral("border: 1px")));
    }

    void noFontUnder11()
    {
        QFont tiny;
        tiny.setPixelSize(6);
        const QFont body = bodyFont(tiny);
        for (TextRole role : {TextRole::Title, TextRole::Readout, TextRole::Body, TextRole::Name, TextRole::Secondary,
                              TextRole::SecondaryStrong, TextRole::Small, TextRole::SmallStrong, TextRole::Fixed})
            QVERIFY(roleFont(body, role).pixelSize() >= 11);
        QFont large;
        large.setPixelSize(26);
        QCOMPARE(roleFont(bodyFont(large), TextRole::Small).pixelSize(), 22);
        QCOMPARE(scaled(bodyFont(large), 26), 52);
    }
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
