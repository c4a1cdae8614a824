// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/theme.h"

#include <QFile>
#include <QFontDatabase>
#include <QFontInfo>
#include <QGuiApplication>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace vedette::app {

namespace {

struct Row {
    Token token;
    const char *name;
    QRgb dark;
    QRgb light;
};

constexpr Row kTable[] = {
    {Token::Well, "well", 0xff0a0c0f, 0xffdadfe5},
    {Token::Window, "window", 0xff12151a, 0xfff1f3f5},
    {Token::Panel, "panel", 0xff191d23, 0xfffbfcfd},
    {Token::Raised, "raised", 0xff222830, 0xffe7eaee},
    {Token::Hover, "hover", 0xff2a313b, 0xffdde2e8},
    {Token::SelBg, "selbg", 0xff1d3553, 0xffd4e5fb},
    {Token::Text, "text", 0xffe7eaee, 0xff171b21},
    {Token::Text2, "text2", 0xffaeb7c2, 0xff434d59},
    {Token::Muted, "muted", 0xff919ca9, 0xff58636f},
    {Token::Disabled, "disabled", 0xff616b77, 0xff98a2ad},
    {Token::Border, "border", 0xff717d8b, 0xff7c8793},
    {Token::Line, "line", 0xff2b323b, 0xffd5dae0},
    {Token::Accent, "accent", 0xff5aa5ff, 0xff1763c6},
    {Token::AccentFill, "accentFill", 0xff2f6fc4, 0xff1763c6},
    {Token::OnAccent, "onAccent", 0xffffffff, 0xffffffff},
    {Token::Playback, "playback", 0xfff0e4ff, 0xff1c0e52},
    {Token::Picture, "picture", 0xff050608, 0xff050608},
    {Token::Scrim, "scrim", 0xdb0a0c0f, 0xdb0a0c0f},
    {Token::Live, "live", 0xff7fe0ae, 0xff0b7a4b},
    {Token::Direct, "direct", 0xff7cc4ff, 0xff1668b8},
    {Token::Fallback, "fallback", 0xfff6d24a, 0xffbc7a0c},
    {Token::FallbackWord, "fallbackWord", 0xfff6d24a, 0xff855500},
    {Token::Connecting, "connecting", 0xffaeb7c2, 0xff434d59},
    {Token::Stale, "stale", 0xfff4695b, 0xffb3311d},
    {Token::Offline, "offline", 0xffa7afb8, 0xff66707a},
    {Token::Recording, "recording", 0xffe83a8a, 0xff86176a},
    {Token::Stored, "stored", 0xff3f7de0, 0xff2457b8},
    {Token::Transit, "transit", 0xff9ccbff, 0xff5ab0ea},
    {Token::TransitEdge, "transitEdge", 0xff9ccbff, 0xff1668b8},
    {Token::OnEdge, "onEdge", 0xffebd38a, 0xff6e4710},
    {Token::Expired, "expired", 0xff7c8692, 0xff717b86},
    {Token::Lost, "lost", 0xfff5483e, 0xffdb4a1b},
    {Token::Info, "info", 0xff7cc4ff, 0xff1668b8},
    {Token::Warning, "warning", 0xfffbe04a, 0xffefc301},
    {Token::WarningEdge, "warningEdge", 0xfffbe04a, 0xff5b4a00},
    {Token::WarningWord, "warningWord", 0xfffbe04a, 0xff745c00},
    {Token::Major, "major", 0xffedaa5c, 0xffa8640c},
    {Token::Critical, "critical", 0xfffa4b3e, 0xff8e1022},
    {Token::OnCritical, "onCritical", 0xff12151a, 0xffffffff},
    // Chart lines 2 and 3, after the accent; both over 3:1 on panel.
    {Token::ChartRed, "chartRed", 0xffedaa5c, 0xffa8640c},
    {Token::ChartGreen, "chartGreen", 0xff7fe0ae, 0xff0b7a4b},
};
static_assert(std::size(kTable) == std::size_t(Token::Count));

constexpr int kBasePixels = 13;

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor &c)
{
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

} // namespace

const Theme &Theme::dark()
{
    static const Theme theme(true);
    return theme;
}

const Theme &Theme::light()
{
    static const Theme theme(false);
    return theme;
}

const Theme &Theme::of(const QPalette &palette)
{
    return luminance(palette.color(QPalette::Window)) < 0.18 ? dark() : light();
}

const Theme &Theme::shown()
{
    return of(QGuiApplication::palette());
}

const Theme &Theme::forMode(ThemeMode mode, const QPalette &system)
{
    switch (mode) {
    case ThemeMode::Dark: return dark();
    case ThemeMode::Light: return light();
    case ThemeMode::System: break;
    }
    return of(system);
}

QColor Theme::color(Token token) const
{
    const Row &row = kTable[std::size_t(token)];
    return QColor::fromRgba(m_dark ? row.dark : row.light);
}

const char *Theme::name(Token token)
{
    return kTable[std::size_t(token)].name;
}

QPalette Theme::palette() const
{
    QPalette p;
    const auto set = [&](QPalette::ColorRole role, Token token) { p.setColor(role, color(token)); };
    set(QPalette::Window, Token::Panel);
    set(QPalette::WindowText, Token::Text);
    set(QPalette::Base, Token::Window);
    set(QPalette::AlternateBase, Token::Panel);
    set(QPalette::Text, Token::Text);
    set(QPalette::Button, Token::Raised);
    set(QPalette::ButtonText, Token::Text);
    set(QPalette::BrightText, Token::Text);
    set(QPalette::ToolTipBase, Token::Raised);
    set(QPalette::ToolTipText, Token::Text);
    set(QPalette::PlaceholderText, Token::Muted);
    set(QPalette::Highlight, Token::SelBg);
    set(QPalette::HighlightedText, Token::Text);
    set(QPalette::Link, Token::Accent);
    set(QPalette::LinkVisited, Token::Accent);
    set(QPalette::Light, Token::Hover);
    set(QPalette::Midlight, Token::Raised);
    set(QPalette::Mid, Token::Line);
    set(QPalette::Dark, Token::Line);
    set(QPalette::Shadow, Token::Well);
    for (QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, color(Token::Disabled));
    return p;
}

QString Theme::styleSheet(qreal scale) const
{
    QFile file(QStringLiteral(":/theme.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    // The longest names first: @text2 must not become @text and a 2.
    std::vector<const Row *> rows;
    for (const Row &row : kTable)
        rows.push_back(&row);
    std::sort(rows.begin(), rows.end(),
              [](const Row *a, const Row *b) { return qstrlen(a->name) > qstrlen(b->name); });
    for (const Row *row : rows)
        sheet.replace(QLatin1Char('@') + QLatin1String(row->name), color(row->token).name());
    // "13px" and the like are logical pixels at the base font.
    if (!qFuzzyCompare(scale, 1.0)) {
        static const QRegularExpression pixels(QStringLiteral("\\b([0-9]+)px"));
        QString result;
        qsizetype last = 0;
        for (auto it = pixels.globalMatch(sheet); it.hasNext();) {
            const auto match = it.next();
            const int value = match.captured(1).toInt();
            result += QStringView(sheet).mid(last, match.capturedStart() - last);
            result += QString::number(value <= 2 ? value : qRound(value * scale)) + QLatin1String("px");
            last = match.capturedEnd();
        }
        sheet = result + sheet.mid(last);
    }
    return sheet;
}

double contrast(const QColor &a, const QColor &b)
{
    const double la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QFont bodyFont(const QFont &system)
{
    QFont font = system;
    font.setPixelSize(std::max(kBasePixels, QFontInfo(system).pixelSize()));
    return font;
}

qreal fontScale(const QFont &body)
{
    const int pixels = body.pixelSize() > 0 ? body.pixelSize() : QFontInfo(body).pixelSize();
    return std::max(1.0, pixels / qreal(kBasePixels));
}

int scaled(const QFont &body, qreal logicalPixels)
{
    return qRound(logicalPixels * fontScale(body));
}

QFont roleFont(const QFont &body, TextRole role)
{
    int pixels = kBasePixels;
    bool strong = false;
    QFont font = body;
    switch (role) {
    case TextRole::Title: pixels = 16; strong = true; break;
    case TextRole::Readout: pixels = 22; strong = true; break;
    case TextRole::Body: break;
    case TextRole::Name: strong = true; break;
    case TextRole::Secondary: pixels = 12; break;
    case TextRole::SecondaryStrong: pixels = 12; strong = true; break;
    case TextRole::Small: pixels = 11; break;
    case TextRole::SmallStrong: pixels = 11; strong = true; break;
    case TextRole::Fixed:
        font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
        pixels = 12;
        break;
    }
    font.setPixelSize(scaled(body, pixels));
    font.setWeight(strong ? QFont::DemiBold : QFont::Normal);
    return font;
}

} // namespace vedette::app
