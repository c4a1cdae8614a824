// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/test_scene.h"

#include "edge-agent/capture/barcode.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QTimeZone>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <random>

namespace vedette::agent {
namespace {

constexpr double kTurn = 6.283185307179586;

struct Rgb {
    double r, g, b;
};
struct Yuv {
    double y, u, v;
};

/// BT.709, limited range.
Yuv toYuv(const Rgb &c)
{
    const double luma = 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
    return {16 + luma * 219 / 255, 128 + (c.b - luma) / 1.8556 * 224 / 255, 128 + (c.r - luma) / 1.5748 * 224 / 255};
}

Rgb mix(const Rgb &a, const Rgb &b, double t)
{
    return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

struct Palette {
    Rgb zenith, horizon, far, near;
};
constexpr std::array<Palette, 4> kPalettes{{
    {{12, 18, 38}, {86, 92, 124}, {38, 48, 74}, {16, 22, 36}},   // blue hour
    {{10, 24, 34}, {70, 112, 116}, {30, 60, 68}, {12, 28, 34}},  // sea
    {{22, 14, 36}, {124, 82, 112}, {60, 42, 72}, {24, 18, 34}},  // violet
    {{18, 18, 28}, {140, 104, 82}, {66, 56, 58}, {26, 24, 28}},  // ember
}};

/// A hill line that repeats after one turn of x.
struct Hills {
    double base, height;
    std::array<double, 4> phase;
    double at(double turn) const
    {
        return base - height * (std::sin(kTurn * 2 * turn + phase[0]) + 0.6 * std::sin(kTurn * 3 * turn + phase[1])
                                + 0.35 * std::sin(kTurn * 7 * turn + phase[2]) + 0.12 * std::sin(kTurn * 17 * turn + phase[3]));
    }
};

std::uint8_t pixel(double value)
{
    return static_cast<std::uint8_t>(std::clamp(value + 0.5, 16.0, 240.0));
}

void fill(media::FrameBuffer &picture, int x, int y, int width, int height, std::uint8_t level)
{
    for (int row = std::max(0, y); row < std::min(picture.height(), y + height); ++row) {
        const int from = std::clamp(x, 0, picture.width());
        const int to = std::clamp(x + width, 0, picture.width());
        std::memset(picture.plane(0) + static_cast<std::ptrdiff_t>(row) * picture.stride(0) + from, level, static_cast<std::size_t>(to - from));
    }
}

int clockHeight(int width, int height)
{
    return static_cast<int>(std::min(height * 0.11, width * 0.064));
}

} // namespace

TestScene::TestScene(const QString &name, int width, int height)
    : m_name(name), m_width(width), m_height(height), m_clockFont(clockHeight(width, height)),
      m_textFont(static_cast<int>(std::min(height * 0.034, width * 0.02)))
{
    const QByteArray digest = QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Sha256);
    std::uint32_t seed = 0;
    std::memcpy(&seed, digest.constData(), sizeof seed);
    paintPanorama(seed);
    paintMoon();
}

void TestScene::paintPanorama(std::uint32_t seed)
{
    std::minstd_rand random(seed);
    std::uniform_real_distribution<double> unit(0, 1);
    const auto phases = [&] { return std::array{unit(random) * kTurn, unit(random) * kTurn, unit(random) * kTurn, unit(random) * kTurn}; };
    const Palette &palette = kPalettes[seed % kPalettes.size()];
    const Hills far{0.66, 0.045, phases()};
    const Hills near{0.80, 0.040, phases()};
    for (int i = 0; i < 3; ++i) {
        Plane &plane = m_panorama[i];
        const int scale = i == 0 ? 1 : 2;
        const int period = m_width / scale;
        plane.width = 2 * period;
        plane.height = m_height / scale;
        plane.pixels.resize(static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(plane.height));
        for (int x = 0; x < period; ++x) {
            const double turn = static_cast<double>(x) / period;
            const double farLine = far.at(turn);
            const double nearLine = near.at(turn);
            for (int y = 0; y < plane.height; ++y) {
                const double down = static_cast<double>(y) / plane.height;
                // Thin clouds: without them a plain sky would look still while the camera pans.
                const double cloud = 0.06 * std::sin(kTurn * 5 * turn + 9 * down) * std::sin(kTurn * 2 * turn - 5 * down);
                Rgb colour = mix(palette.zenith, palette.horizon, std::clamp(down / 0.72 + cloud, 0.0, 1.0));
                if (down > nearLine)
                    colour = mix(palette.near, {8, 10, 14}, std::clamp((down - nearLine) * 4, 0.0, 1.0));
                else if (down > farLine)
                    colour = mix(palette.far, palette.near, std::clamp((down - farLine) * 3 + cloud, 0.0, 1.0));
                const Yuv yuv = toYuv(colour);
                const std::uint8_t value = pixel(i == 0 ? yuv.y : i == 1 ? yuv.u : yuv.v);
                const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(plane.width) + static_cast<std::size_t>(x);
                plane.pixels[at] = value;
                plane.pixels[at + static_cast<std::size_t>(period)] = value;
            }
        }
    }
    const int size = std::max(1, m_height / 360);
    for (int star = 0; star < 90; ++star) {
        const int x = static_cast<int>(unit(random) * (m_width - size));
        const int y = static_cast<int>(unit(random) * unit(random) * m_height * 0.5);
        const std::uint8_t level = pixel(90 + 110 * unit(random) * unit(random));
        for (int dy = 0; dy < size; ++dy) {
            for (int copy = 0; copy < 2; ++copy)
                std::memset(m_panorama[0].pixels.data() + static_cast<std::ptrdiff_t>(y + dy) * 2 * m_width + copy * m_width + x, level,
                            static_cast<std::size_t>(size));
        }
    }
}

void TestScene::paintMoon()
{
    m_moonRadius = std::max(3, std::min(m_width, m_height) / 14);
    m_moonSize = 6 * m_moonRadius;
    m_moon.resize(static_cast<std::size_t>(m_moonSize) * static_cast<std::size_t>(m_moonSize));
    auto out = m_moon.begin();
    for (int y = 0; y < m_moonSize; ++y) {
        for (int x = 0; x < m_moonSize; ++x) {
            const double d = std::hypot(x + 0.5 - 3.0 * m_moonRadius, y + 0.5 - 3.0 * m_moonRadius);
            const double disc = std::clamp(m_moonRadius - d + 0.5, 0.0, 1.0);
            const double glow = std::max(0.0, 1 - d / (3.0 * m_moonRadius));
            *out++ = static_cast<std::uint8_t>(255 * std::max(disc * 0.92, 0.34 * glow * glow));
        }
    }
}

void TestScene::drawMoon(media::FrameBuffer &picture, double seconds) const
{
    constexpr std::array<int, 3> kColour{218, 116, 138}; // warm white
    const double way = std::fmod(seconds / 45, 1.0);
    const int left = static_cast<int>(-m_moonSize + way * (m_width + m_moonSize)) / 2 * 2;
    const int top = static_cast<int>(m_height * (0.26 - 0.14 * std::sin(kTurn / 2 * way)) - m_moonSize / 2.0) / 2 * 2;
    for (int i = 0; i < 3; ++i) {
        const int scale = i == 0 ? 1 : 2;
        const int fromX = std::max(0, -left / scale);
        const int toX = std::min(m_moonSize / scale, (m_width - left) / scale);
        for (int y = std::max(0, -top / scale); y < std::min(m_moonSize / scale, (m_height - top) / scale); ++y) {
            const std::uint8_t *mask = m_moon.data() + static_cast<std::ptrdiff_t>(y) * scale * m_moonSize;
            std::uint8_t *row = picture.plane(i) + static_cast<std::ptrdiff_t>(top / scale + y) * picture.stride(i) + left / scale;
            for (int x = fromX; x < toX; ++x)
                row[x] = static_cast<std::uint8_t>(row[x] + (kColour[static_cast<std::size_t>(i)] - row[x]) * mask[x * scale] / 255);
        }
    }
}

void TestScene::drawBars(media::FrameBuffer &picture, double seconds) const
{
    // A runner that crosses in two seconds shows every lost or late picture to the eye.
    const int thick = std::max(2, m_height / 180);
    const int margin = m_width / 16;
    const int track = m_height * 15 / 16;
    const int span = m_width - 2 * margin;
    fill(picture, margin, track, span, thick, 62);
    const int runner = std::max(4, m_width / 40);
    fill(picture, margin + static_cast<int>(std::fmod(seconds, 2.0) / 2 * (span - runner)), track - thick, runner, 3 * thick, 190);
    const int width = std::max(2, m_width / 110);
    for (int bar = 0; bar < 12; ++bar) {
        const double swing = 0.5 + 0.3 * std::sin(seconds * 1.7 + bar * 0.55) + 0.2 * std::sin(seconds * 2.9 - bar * 0.8);
        const int height = static_cast<int>(m_height * 0.12 * swing) + thick;
        fill(picture, m_width - margin - (12 - bar) * width * 8 / 5, track - 4 * thick - height, width, height, static_cast<std::uint8_t>(96 + 8 * bar));
    }
}

void TestScene::drawTexts(media::FrameBuffer &picture, const CaptureStamp &stamp)
{
    const media::StrokeFont::Canvas canvas{picture.plane(0), picture.stride(0), m_width, m_height};
    const int margin = m_width / 16;
    const int line = m_textFont.capHeight() * 2;
    const auto write = [&](media::StrokeFont &font, const QString &text, int y, std::uint8_t level) {
        const int shadow = std::max(1, font.capHeight() / 14);
        font.draw(canvas, text, margin + shadow, y + shadow, 16);
        font.draw(canvas, text, margin, y, level);
    };
    int y = barcodeHeight(m_height) + line;
    write(m_textFont, m_name, y, 200);
    y = m_height * 2 / 5;
    if (stamp.known) {
        const auto utc = QDateTime::fromMSecsSinceEpoch(toMicros(stamp.captured) / 1000, QTimeZone::utc());
        write(m_clockFont, utc.toString(QStringLiteral("HH:mm:ss.zzz")), y, 235);
        write(m_textFont, utc.toString(QStringLiteral("yyyy-MM-dd")) + QStringLiteral(" UTC"), y + m_clockFont.capHeight() + line, 180);
    } else {
        write(m_clockFont, QStringLiteral("--:--:--.---"), y, 235);
        write(m_textFont, QStringLiteral("CLOCK NOT SYNCHRONISED"), y + m_clockFont.capHeight() + line, 180);
    }
    write(m_textFont, QStringLiteral("FRAME %1").arg(stamp.sequence), m_height * 15 / 16 - line - m_textFont.capHeight(), 180);
}

media::FrameBuffer TestScene::draw(const CaptureStamp &stamp, MonoTime captured)
{
    media::FrameBuffer picture(m_width, m_height);
    if (!picture.plane(0))
        return picture;
    // Two pixels a picture: whole steps for luma and chroma alike.
    const int shift = static_cast<int>(stamp.sequence * 2 % static_cast<std::uint64_t>(m_width));
    for (int i = 0; i < 3; ++i) {
        const Plane &from = m_panorama[i];
        const int scale = i == 0 ? 1 : 2;
        for (int y = 0; y < from.height; ++y)
            std::memcpy(picture.plane(i) + static_cast<std::ptrdiff_t>(y) * picture.stride(i),
                        from.pixels.data() + static_cast<std::ptrdiff_t>(y) * from.width + shift / scale,
                        static_cast<std::size_t>(m_width / scale));
    }
    const double seconds = static_cast<double>(toMicros(captured)) / 1e6;
    drawMoon(picture, seconds);
    drawBars(picture, seconds);
    drawTexts(picture, stamp);
    const Barcode code{static_cast<std::uint32_t>(stamp.sequence), stamp.known ? toMicros(stamp.captured) / 1000 : 0};
    drawBarcode(code, picture.plane(0), picture.stride(0), m_width, m_height);
    for (int i = 1; i < 3; ++i) {
        for (int y = 0; y < barcodeHeight(m_height) / 2; ++y)
            std::memset(picture.plane(i) + static_cast<std::ptrdiff_t>(y) * picture.stride(i), 128, static_cast<std::size_t>(m_width / 2));
    }
    return picture;
}

} // namespace vedette::agent
