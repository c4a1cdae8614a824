// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/picture_size.h"

#include <algorithm>
#include <cmath>

namespace vedette::agent {

PictureSize fitInside(PictureSize source, PictureSize limit)
{
    double scale = 1;
    if (limit.width > 0 && source.width > limit.width)
        scale = static_cast<double>(limit.width) / source.width;
    if (limit.height > 0 && source.height > limit.height)
        scale = std::min(scale, static_cast<double>(limit.height) / source.height);
    const auto even = [scale](int side) { return std::max(16, static_cast<int>(std::lround(side * scale / 2 - 0.25)) * 2); };
    return {even(source.width), even(source.height)};
}

} // namespace vedette::agent
