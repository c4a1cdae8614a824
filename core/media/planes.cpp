// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/planes.h"

#include "core/media/native_frame.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace vedette::media {
namespace {

struct Luma {
    double red;
    double blue;
};

/// ITU-T H.273, table 4.
std::optional<Luma> lumaOf(AVColorSpace matrix)
{
    switch (matrix) {
    case AVCOL_SPC_BT709: return Luma{0.2126, 0.0722};
    case AVCOL_SPC_FCC: return Luma{0.30, 0.11};
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M: return Luma{0.299, 0.114};
    case AVCOL_SPC_SMPTE240M: return Luma{0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return Luma{0.2627, 0.0593}; // as Scaler does
    default: return std::nullopt;
    }
}

void setConversion(Planes &planes, Luma luma, bool fullRange)
{
    const double ys = fullRange ? 1.0 : 255.0 / 219.0, cs = fullRange ? 1.0 : 255.0 / 224.0;
    const double y0 = fullRange ? 0.0 : 16.0 / 255.0, c0 = 128.0 / 255.0;
    const double green = 1 - luma.red - luma.blue;
    const double rows[3][3] = {
        {ys, 0, cs * 2 * (1 - luma.red)},
        {ys, -cs * 2 * luma.blue * (1 - luma.blue) / green, -cs * 2 * luma.red * (1 - luma.red) / green},
        {ys, cs * 2 * (1 - luma.blue), 0},
    };
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column)
            planes.matrix[row * 3 + column] = static_cast<float>(rows[row][column]);
        planes.offset[row] = static_cast<float>(-rows[row][0] * y0 - (rows[row][1] + rows[row][2]) * c0);
    }
}

} // namespace

std::optional<Planes> planesOf(const Frame &frame)
{
    const AVFrame *picture = nativeFrame(frame);
    if (!picture)
        return std::nullopt;
    const AVPixelFormat format = withoutRange(picture->format);
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
    constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM
        | AV_PIX_FMT_FLAG_ALPHA;
    if (!d || (d->flags & kOther) != 0 || d->nb_components != 3 || d->comp[0].depth != 8 || d->comp[0].step != 1)
        return std::nullopt;
    const bool interleaved = format == AV_PIX_FMT_NV12;
    if (!interleaved && (d->comp[1].plane != 1 || d->comp[2].plane != 2 || d->comp[1].step != 1))
        return std::nullopt;
    const Colour colour = colourOf(picture);
    const auto luma = lumaOf(colour.matrix);
    if (!luma)
        return std::nullopt;

    Planes planes;
    planes.count = interleaved ? 2 : 3;
    planes.chroma = {1.0F / static_cast<float>(1 << d->log2_chroma_w), 1.0F / static_cast<float>(1 << d->log2_chroma_h)};
    for (int i = 0; i < planes.count; ++i) {
        Planes::Plane &plane = planes.planes[static_cast<std::size_t>(i)];
        plane.data = picture->data[i];
        plane.stride = picture->linesize[i] / (interleaved && i == 1 ? 2 : 1);
        plane.width = i == 0 ? picture->width : AV_CEIL_RSHIFT(picture->width, d->log2_chroma_w);
        plane.height = i == 0 ? picture->height : AV_CEIL_RSHIFT(picture->height, d->log2_chroma_h);
        if (!plane.data || plane.stride < plane.width)
            return std::nullopt;
    }
    setConversion(planes, *luma, colour.fullRange);
    return planes;
}

} // namespace vedette::media
