// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/media/frame.h"
#include "core/media/stroke_font.h"

#include <QString>

#include <cstdint>
#include <vector>

namespace vedette::agent {

/// The picture of a test camera: a slow pan over a landscape at dusk (so that every part of it moves), a moon, bars, the
/// barcode strip, clock, camera's name and frame number. What does not change is painted once. Thread-bound.
class TestScene {
public:
    /// width, height: even. The name chooses tint and hills too, so that cameras differ at a glance.
    TestScene(const QString &name, int width, int height);

    media::FrameBuffer draw(const CaptureStamp &stamp, MonoTime captured);

private:
    struct Plane {
        std::vector<std::uint8_t> pixels; ///< a panorama of twice the width, which repeats after the width
        int width = 0;
        int height = 0;
    };
    void paintPanorama(std::uint32_t seed);
    void paintMoon();
    void drawMoon(media::FrameBuffer &picture, double seconds) const;
    void drawBars(media::FrameBuffer &picture, double seconds) const;
    void drawTexts(media::FrameBuffer &picture, const CaptureStamp &stamp);

    const QString m_name;
    const int m_width;
    const int m_height;
    Plane m_panorama[3];
    int m_moonRadius = 0;
    int m_moonSize = 0;                     ///< of the mask's side, even
    std::vector<std::uint8_t> m_moon;       ///< coverage with its glow
    media::StrokeFont m_clockFont;
    media::StrokeFont m_textFont;
};

} // namespace vedette::agent
