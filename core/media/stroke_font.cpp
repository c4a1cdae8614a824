// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/stroke_font.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace vedette::media {
namespace {

/// Lines through points "xy" on a grid of 4 by 6, y downwards; '|' lifts the pen.
constexpr std::string_view strokes(char letter)
{
    switch (letter) {
    case '0': case 'O': return "10 30 41 45 36 16 05 01 10";
    case '1': return "11 20 26|16 36";
    case '2': return "01 10 30 41 42 06 46";
    case '3': return "01 10 30 41 42 33 13|33 44 45 36 16 05";
    case '4': return "36 30 04 44";
    case '5': return "40 00 03 33 44 45 36 16 05";
    case '6': return "41 30 10 01 05 16 36 45 44 33 03";
    case '7': return "00 40 16";
    case '8': return "13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33";
    case '9': return "43 13 02 01 10 30 41 45 36 16 05";
    case 'A': return "06 02 20 42 46|04 44";
    case 'B': return "00 30 41 42 33 03|33 44 45 36 06 00";
    case 'C': return "41 30 10 01 05 16 36 45";
    case 'D': return "00 30 41 45 36 06 00";
    case 'E': return "40 00 06 46|03 33";
    case 'F': return "40 00 06|03 33";
    case 'G': return "41 30 10 01 05 16 36 45 43 23";
    case 'H': return "00 06|40 46|03 43";
    case 'I': return "10 30|20 26|16 36";
    case 'J': return "40 45 36 16 05";
    case 'K': return "00 06|40 03 46";
    case 'L': return "00 06 46";
    case 'M': return "06 00 23 40 46";
    case 'N': return "06 00 46 40";
    case 'P': return "06 00 30 41 42 33 03";
    case 'Q': return "10 30 41 45 36 16 05 01 10|24 46";
    case 'R': return "06 00 30 41 42 33 03|23 46";
    case 'S': return "41 30 10 01 02 13 33 44 45 36 16 05";
    case 'T': return "00 40|20 26";
    case 'U': return "00 05 16 36 45 40";
    case 'V': return "00 26 40";
    case 'W': return "00 16 23 36 40";
    case 'X': return "00 46|40 06";
    case 'Y': return "00 23 40|23 26";
    case 'Z': return "00 40 06 46";
    case '-': return "13 33";
    case '_': return "06 46";
    case '.': return "26 26";
    case ',': return "26 17";
    case ':': return "22 22|25 25";
    case '/': return "06 40";
    case '+': return "03 43|21 25";
    case '#': return "11 15|31 35|02 42|04 44";
    case '%': return "06 40|11 11|35 35";
    case '(': return "30 21 25 36";
    case ')': return "10 21 25 16";
    case '?': return "01 10 30 41 42 23 24|26 26";
    case '!': return "20 24|26 26";
    default: return "";
    }
}

struct Segment {
    double x1, y1, x2, y2;
};

std::vector<Segment> segmentsOf(char letter)
{
    std::vector<Segment> segments;
    const std::string_view text = strokes(letter);
    for (std::size_t i = 3; i + 1 < text.size(); i += 3) {
        if (text[i - 1] == '|')
            continue;
        segments.push_back({text[i - 3] - '0' + 0.0, text[i - 2] - '0' + 0.0, text[i] - '0' + 0.0, text[i + 1] - '0' + 0.0});
    }
    return segments;
}

QString plainText(const QString &text)
{
    QString plain = text.normalized(QString::NormalizationForm_D).toUpper();
    return plain.removeIf([](QChar c) { return c.category() == QChar::Mark_NonSpacing; });
}

double distance(const Segment &s, double x, double y)
{
    const double dx = s.x2 - s.x1;
    const double dy = s.y2 - s.y1;
    const double length = dx * dx + dy * dy;
    const double t = length > 0 ? std::clamp(((x - s.x1) * dx + (y - s.y1) * dy) / length, 0.0, 1.0) : 0.0;
    return std::hypot(x - s.x1 - t * dx, y - s.y1 - t * dy);
}

} // namespace

StrokeFont::StrokeFont(int capHeight)
    : m_capHeight(std::max(6, capHeight)), m_unit(m_capHeight / 6.0), m_radius(std::max(0.6, m_unit * 0.42)),
      m_margin(static_cast<int>(std::ceil(m_radius)) + 1), m_advance(std::max(5, static_cast<int>(std::lround(m_unit * 5.6)))),
      m_maskWidth(static_cast<int>(std::ceil(4 * m_unit)) + 2 * m_margin),
      m_maskHeight(static_cast<int>(std::ceil(7 * m_unit)) + 2 * m_margin)
{
}

const StrokeFont::Mask &StrokeFont::mask(char letter)
{
    Mask &mask = m_masks[static_cast<std::size_t>(letter) & 127];
    if (mask.made)
        return mask;
    mask.made = true;
    const auto segments = segmentsOf(letter);
    if (segments.empty())
        return mask;
    mask.coverage.resize(static_cast<std::size_t>(m_maskWidth) * static_cast<std::size_t>(m_maskHeight));
    auto out = mask.coverage.begin();
    for (int y = 0; y < m_maskHeight; ++y) {
        for (int x = 0; x < m_maskWidth; ++x) {
            double nearest = 1e9;
            for (const Segment &s : segments)
                nearest = std::min(nearest, distance(s, (x - m_margin) / m_unit, (y - m_margin) / m_unit));
            *out++ = static_cast<std::uint8_t>(255 * std::clamp(m_radius - nearest * m_unit + 0.5, 0.0, 1.0));
        }
    }
    return mask;
}

void StrokeFont::blend(const Canvas &canvas, const Mask &mask, int left, int top, std::uint8_t level) const
{
    const int fromX = std::max(0, -left);
    const int toX = std::min(m_maskWidth, canvas.width - left);
    for (int y = std::max(0, -top); y < std::min(m_maskHeight, canvas.height - top); ++y) {
        const std::uint8_t *coverage = mask.coverage.data() + static_cast<std::ptrdiff_t>(y) * m_maskWidth;
        std::uint8_t *row = canvas.luma + static_cast<std::ptrdiff_t>(top + y) * canvas.stride + left;
        for (int x = fromX; x < toX; ++x) {
            if (coverage[x])
                row[x] = static_cast<std::uint8_t>(row[x] + (level - row[x]) * coverage[x] / 255);
        }
    }
}

bool StrokeFont::knows(const QString &text)
{
    const QString plain = plainText(text);
    return std::all_of(plain.begin(), plain.end(), [](QChar c) { return c == u' ' || (c.unicode() < 128 && !strokes(static_cast<char>(c.unicode())).empty()); });
}

void StrokeFont::draw(const Canvas &canvas, const QString &text, int x, int y, std::uint8_t level)
{
    for (const QChar c : plainText(text)) {
        const Mask &shape = mask(c.unicode() < 128 ? static_cast<char>(c.unicode()) : ' ');
        if (!shape.coverage.empty())
            blend(canvas, shape, x - m_margin, y - m_margin, level);
        x += m_advance;
    }
}

} // namespace vedette::media
