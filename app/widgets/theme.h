// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>
#include <QString>

#include <cstdint>
#include <span>

namespace vedette::app {

/// Every colour of the program by its meaning. The values live in one table in theme.cpp; QPalette, the style sheet and
/// all painters read them from there.
enum class Token : std::uint8_t {
    Well, Window, Panel, Raised, Hover, SelBg, Text, Text2, Muted, Disabled, Border, Line, Accent, AccentFill, OnAccent,
    Playback, Picture, Scrim,
    Live, Direct, Fallback, FallbackWord, Connecting, Stale, Offline, Recording,
    Stored, Transit, TransitEdge, OnEdge, Expired, Lost,
    Info, Warning, WarningEdge, WarningWord, Major, Critical, OnCritical, ChartRed, ChartGreen,
    Count
};

enum class ThemeMode : std::uint8_t { Dark, Light, System };

/// One of the two looks, as a constant value. Reentrant.
class Theme {
public:
    static const Theme &dark();
    static const Theme &light();
    /// The one whose palette this is.
    static const Theme &of(const QPalette &palette);
    /// The one of the application's palette. Widgets repaint by themselves when it changes; their own palettes do not
    /// tell, because a style sheet puts its colours there.
    static const Theme &shown();
    /// System: follows the desktop's own window colour as it was at the start of the program.
    static const Theme &forMode(ThemeMode mode, const QPalette &system);

    bool isDark() const { return m_dark; }
    QColor color(Token token) const;
    QPalette palette() const;
    /// The sheet for controls, made from resources/theme.qss.
    QString styleSheet(qreal scale) const;

    /// Name of a token as written in theme.qss: "@panel".
    static const char *name(Token token);

private:
    explicit Theme(bool dark) : m_dark(dark) {}
    bool m_dark;
};

/// WCAG 2.1 contrast of two opaque colours, 1 to 21.
double contrast(const QColor &a, const QColor &b);

/// The six text roles of the visual language.
enum class TextRole : std::uint8_t { Title, Readout, Body, Name, Secondary, SecondaryStrong, Small, SmallStrong, Fixed };

/// The body font made from the system's: never under 13 px, so that nothing falls under 11.
QFont bodyFont(const QFont &system);
QFont roleFont(const QFont &body, TextRole role);
/// How much larger than the 13 px base the user's font is; all distances are multiplied by it.
qreal fontScale(const QFont &body);
int scaled(const QFont &body, qreal logicalPixels);

} // namespace vedette::app
