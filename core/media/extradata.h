// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <algorithm>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/mem.h>
}

namespace vedette::media {

/// Gives an AVCodecContext or AVCodecParameters, which frees it, a copy with the padding that FFmpeg reads behind it
/// (AV_INPUT_BUFFER_PADDING_SIZE). False without memory.
template <typename Holder>
bool setExtradata(Holder *holder, const Bytes &bytes)
{
    holder->extradata = static_cast<std::uint8_t *>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (!holder->extradata)
        return false;
    std::copy(bytes.begin(), bytes.end(), holder->extradata);
    holder->extradata_size = static_cast<int>(bytes.size());
    return true;
}

} // namespace vedette::media
