// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

namespace vedette::review {

/// The mathematics of a time line: which moment is at which pixel. All in whole microseconds, so that nothing drifts
/// however long one zooms and pans: zooming in and out again about one pixel gives the same axis. Value type.
class TimeAxis {
public:
    static constexpr microseconds kShortest{100'000};                  ///< of the span that is shown
    static constexpr microseconds kLongest = std::chrono::days{366};
    static constexpr UtcTime kBegin{};                                 ///< nothing before 1970 and
    static constexpr UtcTime kEnd = utcFromMicros(7'258'118'400'000'000); ///< after 2199 is shown
    /// Steps of zoomed() to an octave.
    static constexpr int kSteps = 8;

    /// Ten minutes from 1970 on.
    TimeAxis() : TimeAxis(kBegin, std::chrono::seconds{1}, 600) {}
    /// width: pixels, ≥ 1. What is out of bounds is brought into them; the middle stays where it is.
    TimeAxis(UtcTime left, microseconds perPixel, int width);
    /// Shows [from, to] and as little beside it as whole microseconds to a pixel allow.
    static TimeAxis spanning(UtcTime from, UtcTime to, int width);
    /// at in the middle.
    static TimeAxis around(UtcTime at, microseconds perPixel, int width);

    UtcTime left() const { return m_left; }
    UtcTime right() const { return m_left + span(); } ///< the first moment that is not shown
    UtcTime centre() const { return m_left + span() / 2; }
    microseconds span() const { return m_perPixel * m_width; }
    microseconds perPixel() const { return m_perPixel; }
    int width() const { return m_width; }
    bool shows(UtcTime at) const { return at >= left() && at < right(); }

    /// Exact to far less than a pixel at every scale, outside of what is shown, too.
    double pixelOf(UtcTime at) const;
    UtcTime timeAt(double pixel) const;
    /// Where column i of count equal ones over the whole width begins: for painters that count in device pixels.
    UtcTime edge(int column, int count) const;

    /// By eighths of an octave, positive: closer. What is at the pixel stays there.
    TimeAxis zoomed(int steps, int aboutPixel) const;
    /// Positive: later things come into view.
    TimeAxis panned(int pixels) const;
    TimeAxis panned(microseconds by) const;
    /// Same scale and middle.
    TimeAxis withWidth(int width) const;
    TimeAxis centredOn(UtcTime at) const { return around(at, m_perPixel, m_width); }

    bool operator==(const TimeAxis &) const = default;

private:
    UtcTime m_left{};
    microseconds m_perPixel{1};
    int m_width = 1;
};

} // namespace vedette::review
