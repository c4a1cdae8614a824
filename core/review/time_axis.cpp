// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/time_axis.h"

#include <algorithm>
#include <cmath>

namespace vedette::review {

namespace {

/// The ladder of scales that zooming climbs: rung n is 2^(n / kSteps) µs a pixel.
int rungOf(microseconds perPixel)
{
    return int(std::lround(TimeAxis::kSteps * std::log2(double(perPixel.count()))));
}

microseconds perPixelOf(int rung)
{
    return microseconds{std::llround(std::exp2(double(rung) / TimeAxis::kSteps))};
}

microseconds clampedScale(microseconds perPixel, int width)
{
    const microseconds least{(TimeAxis::kShortest.count() + width - 1) / width};
    const microseconds most = TimeAxis::kLongest / width;
    return std::clamp(perPixel, least, std::max(least, most));
}

} // namespace

TimeAxis::TimeAxis(UtcTime left, microseconds perPixel, int width) : m_width(std::max(1, width))
{
    m_perPixel = clampedScale(perPixel, m_width);
    const microseconds grown = (m_perPixel - std::clamp(perPixel, -kLongest, kLongest)) * m_width;
    m_left = std::clamp(std::clamp(left, kBegin, kEnd) - grown / 2, kBegin, kEnd - span());
}

TimeAxis TimeAxis::spanning(UtcTime from, UtcTime to, int width)
{
    width = std::max(1, width);
    const microseconds span = std::clamp(to - from, kShortest, kLongest);
    const microseconds perPixel = clampedScale(microseconds{(span.count() + width - 1) / width}, width);
    return around(from + (to - from) / 2, perPixel, width);
}

TimeAxis TimeAxis::around(UtcTime at, microseconds perPixel, int width)
{
    width = std::max(1, width);
    perPixel = clampedScale(perPixel, width);
    return {at - perPixel * width / 2, perPixel, width};
}

double TimeAxis::pixelOf(UtcTime at) const
{
    // Differences of two times within 230 years are exact as double.
    return double((at - m_left).count()) / double(m_perPixel.count());
}

UtcTime TimeAxis::timeAt(double pixel) const
{
    const double whole = std::floor(pixel);
    return m_left + m_perPixel * std::int64_t(whole) + microseconds{std::llround((pixel - whole) * double(m_perPixel.count()))};
}

UtcTime TimeAxis::edge(int column, int count) const
{
    return m_left + span() / count * column + span() % count * column / count;
}

TimeAxis TimeAxis::zoomed(int steps, int aboutPixel) const
{
    const UtcTime about = m_left + m_perPixel * aboutPixel;
    const microseconds perPixel = clampedScale(perPixelOf(std::clamp(rungOf(m_perPixel) - steps, 0, 400)), m_width);
    if (steps == 0 || (perPixel < m_perPixel) != (steps > 0))
        return *this; // at the end of the ladder, or among the smallest rungs, which are alike
    return {about - perPixel * aboutPixel, perPixel, m_width};
}

TimeAxis TimeAxis::panned(int pixels) const
{
    return panned(m_perPixel * pixels);
}

TimeAxis TimeAxis::panned(microseconds by) const
{
    return {m_left + std::clamp(by, -kLongest * 300, kLongest * 300), m_perPixel, m_width};
}

TimeAxis TimeAxis::withWidth(int width) const
{
    return around(centre(), m_perPixel, width);
}

} // namespace vedette::review
