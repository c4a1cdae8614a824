// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

extern "C" {
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

} // namespace vedette::media::compat
