// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/version_major.h>
#include <libavutil/frame.h>
}

namespace vedette::media::compat {

/// Differences between FFmpeg 5.1 (Debian 12) and 7.1 (Debian 13), and nothing else.

inline bool isKeyFrame(const AVFrame *frame)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    return (frame->flags & AV_FRAME_FLAG_KEY) != 0;
#else
    return frame->key_frame != 0;
#endif
}

/// What an encoder takes; empty where it does not say.
inline std::vector<AVPixelFormat> pixelFormats(const AVCodec *codec)
{
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
    const void *formats = nullptr;
    int count = 0;
    if (avcodec_get_supported_config(nullptr, codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &formats, &count) < 0 || !formats)
        return {};
    const auto *first = static_cast<const AVPixelFormat *>(formats);
    return {first, first + count};
#else
    std::vector<AVPixelFormat> formats;
    for (const AVPixelFormat *each = codec->pix_fmts; each && *each != AV_PIX_FMT_NONE; ++each)
        formats.push_back(*each);
    return formats;
#endif
}

/// What an AVIOContext hands to its writing callback.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using IoBytes = const std::uint8_t;
#else
using IoBytes = std::uint8_t;
#endif

} // namespace vedette::media::compat
