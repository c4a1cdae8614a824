// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/sound_decoder.h"

#include <functional>

namespace vedette::recordings {

/// Where sound goes, thread-safe: it is put in order, with the moment at which it is due; cut() says that what was put is void.
struct SoundSink {
    std::function<void(const media::Sound &, MonoTime due)> put;
    std::function<void()> cut;
};

} // namespace vedette::recordings
