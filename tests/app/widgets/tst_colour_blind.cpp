// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/theme.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <numbers>

using namespace vedette::app;

namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

Vector operator*(const Matrix &m, const Vector &v)
{
    Vector out{};
    for (std::size_t row = 0; row < 3; ++row)
        out[row] = m[row][0] * v[0] + m[row][1] * v[1] + m[row][2] * v[2];
    return out;
}

/// Machado, Oliveira, Fernandes 2009, table 1, severity 1.0; on linear RGB.
constexpr Matrix kNormal{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr Matrix kProtanopia{{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix kDeuteranopia{{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix kTritanopia{{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};

/// IEC 61966-2-1.
double toLinear(double c)
{
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}
double toSrgb(double c)
{
    return c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055;
}

/// CIELAB under D65, as this eye sees the colour on an 8-bit screen.
Vector labOf(const QColor &color, const Matrix &eye)
{
    Vector rgb = eye * Vector{toLinear(color.redF()), toLinear(color.greenF()), toLinear(color.blueF())};
    for (double &c : rgb)
        c = toLinear(std::round(std::clamp(toSrgb(std::clamp(c, 0.0, 1.0)), 0.0, 1.0) * 255) / 255);
    const Vector xyz = Matrix{{{0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}}} * rgb;
    const auto f = [](double t) { return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116; };
    const double x = f(xyz[0] / 0.95047), y = f(xyz[1]), z = f(xyz[2] / 1.08883);
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

/// CIEDE2000 with kL = kC = kH = 1 (Sharma, Wu, Dalal 2005).
double difference(const Vector &one, const Vector &two)
{
    constexpr double kDegree = std::numbers::pi / 180;
    const double meanC = (std::hypot(one[1], one[2]) + std::hypot(two[1], two[2])) / 2;
    const double c7 = std::pow(meanC, 7), g = 0.5 * (1 - std::sqrt(c7 / (c7 + std::pow(25.0, 7))));
    const double a1 = one[1] * (1 + g), a2 = two[1] * (1 + g);
    const double c1 = std::hypot(a1, one[2]), c2 = std::hypot(a2, two[2]);
    const auto hue = [](double a, double b) { return a == 0 && b == 0 ? 0 : std::fmod(std::atan2(b, a) / kDegree + 360, 360); };
    const double h1 = hue(a1, one[2]), h2 = hue(a2, two[2]);
    double dh = h2 - h1;
    if (c1 * c2 == 0)
        dh = 0;
    else if (std::abs(dh) > 180)
        dh += dh > 0 ? -360 : 360;
    double h = h1 + h2;
    if (c1 * c2 != 0)
        h = std::abs(h1 - h2) <= 180 ? h / 2 : (h < 360 ? h + 360 : h - 360) / 2;
    const double l = (one[0] + two[0]) / 2, c = (c1 + c2) / 2;
    const double t = 1 - 0.17 * std::cos((h - 30) * kDegree) + 0.24 * std::cos(2 * h * kDegree) + 0.32 * std::cos((3 * h + 6) * kDegree)
        - 0.20 * std::cos((4 * h - 63) * kDegree);
    const double sl = 1 + 0.015 * (l - 50) * (l - 50) / std::sqrt(20 + (l - 50) * (l - 50)), sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
    const double rc = 2 * std::sqrt(std::pow(c, 7) / (std::pow(c, 7) + std::pow(25.0, 7)));
    const double rt = -std::sin(60 * kDegree * std::exp(-std::pow((h - 275) / 25, 2))) * rc;
    const double dl = (two[0] - one[0]) / sl, dc = (c2 - c1) / sc, dH = 2 * std::sqrt(c1 * c2) * std::sin(dh / 2 * kDegree) / sh;
    return std::sqrt(dl * dl + dc * dc + dH * dH + rt * dc * dH);
}

double smallest(const Theme &theme, std::initializer_list<Token> group, const Matrix &eye)
{
    double least = 1000;
    for (const Token a : group) {
        for (const Token b : group) {
            if (a < b)
                least = std::min(least, difference(labOf(theme.color(a), eye), labOf(theme.color(b), eye)));
        }
    }
    return least;
}

} // namespace

/// The table of the visual language about colour-blind eyes, recomputed from the theme. Shapes carry what colour does not
/// (tst_drawing), but a red-green blind operator must also tell states by colour.
class TestColourBlind : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Pairs from the supplement of Sharma et al. 2005.
    void ciede2000IsRight()
    {
        QVERIFY(std::abs(difference({50, 2.6772, -79.7751}, {50, 0, -82.7485}) - 2.0425) < 1e-4);
        QVERIFY(std::abs(difference({50, 2.5, 0}, {73, 25, -18}) - 27.1492) < 1e-4);
        QVERIFY(std::abs(difference({50, 2.5, 0}, {50, 3.1736, 0.5854}) - 1.0000) < 1e-4);
        QVERIFY(std::abs(difference({2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}) - 0.9082) < 1e-4);
    }

    void groupsStayApart_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<int>("group");
        QTest::addColumn<QList<double>>("table"); // normal, deuteranopia, protanopia, tritanopia
        QTest::newRow("dark, tile") << true << 0 << QList<double>{16.5, 13.7, 15.6, 5.8};
        QTest::newRow("dark, custody") << true << 1 << QList<double>{16.0, 18.4, 19.0, 14.9};
        QTest::newRow("dark, alarm") << true << 2 << QList<double>{19.9, 10.6, 13.8, 14.4};
        QTest::newRow("light, tile") << false << 0 << QList<double>{15.8, 12.2, 12.7, 9.8};
        QTest::newRow("light, custody") << false << 1 << QList<double>{18.8, 21.0, 10.9, 15.2};
        QTest::newRow("light, alarm") << false << 2 << QList<double>{30.3, 17.7, 23.8, 16.0};
    }
    void groupsStayApart()
    {
        QFETCH(bool, dark);
        QFETCH(int, group);
        QFETCH(QList<double>, table);
        constexpr double kApart = 10; // the rule, for the two common kinds
        const Theme &theme = dark ? Theme::dark() : Theme::light();
        qsizetype column = 0;
        for (const Matrix &eye : {kNormal, kDeuteranopia, kProtanopia, kTritanopia}) {
            const double least = group == 0 ? smallest(theme, {Token::Live, Token::Direct, Token::Fallback, Token::Stale, Token::Offline, Token::Recording}, eye)
                : group == 1                ? smallest(theme, {Token::Stored, Token::Transit, Token::OnEdge, Token::Expired, Token::Lost}, eye)
                                            : smallest(theme, {Token::Info, Token::Warning, Token::Major, Token::Critical}, eye);
            QVERIFY2(column == 3 || least >= kApart, qPrintable(QString::number(least)));
            QVERIFY2(std::abs(least - table[column]) < 0.3, qPrintable(QStringLiteral("column %1: %2").arg(column).arg(least)));
            ++column;
        }
    }
};

QTEST_GUILESS_MAIN(TestColourBlind)
#include "tst_colour_blind.moc"
