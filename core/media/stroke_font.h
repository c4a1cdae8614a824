// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <array>
#include <cstdint>
#include <vector>

namespace vedette::media {

/// A built-in font of fixed pitch whose letters are strokes, drawn anti-aliased at any size into a luma plane. Capital
/// letters, digits and some signs; small letters become capital, accents go, anything else is a space. Thread-bound.
class StrokeFont {
public:
    explicit StrokeFont(int capHeight);

    int capHeight() const { return m_capHeight; }
    int advance() const { return m_advance; } ///< pixels from one letter to the next
    /// Whether all of the text but spaces has letters here.
    static bool knows(const QString &text);

    struct Canvas {
        std::uint8_t *luma;
        int stride;
        int width;
        int height;
    };
    /// x, y: left and top of the capitals. Clipped at the canvas.
    void draw(const Canvas &canvas, const QString &text, int x, int y, std::uint8_t level);

private:
    struct Mask {
        bool made = false;
        std::vector<std::uint8_t> coverage; ///< m_maskWidth * m_maskHeight
    };
    const Mask &mask(char letter);
    void blend(const Canvas &canvas, const Mask &mask, int x, int y, std::uint8_t level) const;

    int m_capHeight;
    double m_unit;   ///< pixels between grid lines; capitals are 4 by 6
    double m_radius; ///< of a stroke
    int m_margin;
    int m_advance;
    int m_maskWidth;
    int m_maskHeight;
    std::array<Mask, 128> m_masks;
};

} // namespace vedette::media
