// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace vedette::media {

struct CodecContextDeleter {
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
};

/// Private to core/media. Unsupported when this FFmpeg cannot decode it.
Result<std::unique_ptr<AVCodecContext, CodecContextDeleter>> openSoundDecoder(const AudioInfo &info);

} // namespace vedette::media
