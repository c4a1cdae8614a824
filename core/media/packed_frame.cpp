// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/packed_frame.h"

#include "core/media/native_frame.h"

#include <cstring>

namespace vedette::media {

Frame makeYuyvFrame(std::span<const std::uint8_t> bytes, const YuyvLayout &layout)
{
    constexpr int kMostSide = 8192; // as frame.h
    const bool possible = layout.width >= 2 && layout.height >= 2 && layout.width <= kMostSide && layout.height <= kMostSide
        && layout.stride >= 2 * layout.width;
    const std::size_t row = 2 * static_cast<std::size_t>(layout.width);
    if (!possible || bytes.size() < static_cast<std::size_t>(layout.stride) * static_cast<std::size_t>(layout.height - 1) + row)
        return {};
    AvFramePtr picture = allocatePicture(layout.width, layout.height, AV_PIX_FMT_YUYV422,
                                         {layout.bt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M, layout.fullRange});
    if (!picture)
        return {};
    for (int y = 0; y < layout.height; ++y)
        std::memcpy(picture->data[0] + std::ptrdiff_t{y} * picture->linesize[0], bytes.data() + std::size_t(y) * std::size_t(layout.stride), row);
    return makeFrame(std::move(picture));
}

} // namespace vedette::media
