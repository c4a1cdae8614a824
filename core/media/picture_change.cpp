// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/picture_change.h"

#include <algorithm>
#include <cstdlib>

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vedette::media {
namespace {

constexpr int kEvery = 8;    // rows
constexpr int kStretch = 32; // samples
constexpr int kLimit = 8;    // of 255, on average over a stretch

/// A first plane of luma samples, one after the other; 0: it is something else.
int lumaDepth(int format)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
    constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM
        | AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_FLOAT;
    if (!d || (d->flags & kOther) != 0 || d->nb_components == 0 || d->comp[0].plane != 0)
        return 0;
    const int depth = d->comp[0].depth + d->comp[0].shift;
    return d->comp[0].step == (depth > 8 ? 2 : 1) ? depth : 0;
}

template <typename Sample>
bool sameRow(const std::uint8_t *rowA, const std::uint8_t *rowB, int width, int limit)
{
    const auto *a = reinterpret_cast<const Sample *>(rowA);
    const auto *b = reinterpret_cast<const Sample *>(rowB);
    for (int x = 0; x < width; x += kStretch) {
        const int count = std::min(kStretch, width - x);
        int sum = 0;
        for (int i = 0; i < count; ++i)
            sum += std::abs(int{a[x + i]} - int{b[x + i]});
        if (sum > limit * count)
            return false;
    }
    return true;
}

} // namespace

bool looksSame(const Frame &a, const Frame &b, unsigned phase)
{
    const int depth = lumaDepth(a.nativeFormat);
    if (a.width != b.width || a.height != b.height || a.nativeFormat != b.nativeFormat || depth == 0 || !a.planes[0] || !b.planes[0])
        return false;
    const int limit = kLimit << std::max(0, depth - 8);
    for (int y = static_cast<int>(phase % kEvery); y < a.height; y += kEvery) {
        const std::uint8_t *rowA = a.planes[0] + std::ptrdiff_t{y} * a.strides[0];
        const std::uint8_t *rowB = b.planes[0] + std::ptrdiff_t{y} * b.strides[0];
        const bool same = depth > 8 ? sameRow<std::uint16_t>(rowA, rowB, a.width, limit) : sameRow<std::uint8_t>(rowA, rowB, a.width, limit);
        if (!same)
            return false;
    }
    return true;
}

} // namespace vedette::media
