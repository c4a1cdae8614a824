// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/nal.h"
#include "core/media/packet.h"

namespace vedette::agent {

/// Keeps the parameter sets that stand in an access unit. False while none have come: nothing can be decoded yet, and some
/// cameras send them once, in a buffer of their own, or late.
inline bool learnParameterSets(media::StreamInfo &info, bool key, std::span<const std::uint8_t> unit)
{
    if (key || info.parameterSets.empty()) {
        if (media::Bytes sets = media::extractParameterSets(info.codec, unit); !sets.empty())
            info.parameterSets = std::move(sets);
    }
    return !info.parameterSets.empty();
}

} // namespace vedette::agent
