// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <optional>
#include <span>

namespace vedette::media {

/// What a sequence parameter set tells (H.264 7.3.2.1.1, H.265 7.3.2.2.1).
struct SequenceInfo {
    int width = 0;                ///< of the shown picture
    int height = 0;
    bool frameNumberGaps = false; ///< H.264: the encoder may leave out reference pictures on purpose
    std::optional<std::size_t> reordered; ///< pictures at most that are decoded before one shown earlier; empty: not said
    double framerate = 0;         ///< H.264: by the VUI's timing (E.2.1), frames/s; 0: not said
};

/// The first SPS of an Annex B buffer; empty when there is none or it breaks the syntax. Reentrant, accepts any bytes.
std::optional<SequenceInfo> readSequence(Codec codec, std::span<const std::uint8_t> parameterSets);

} // namespace vedette::media
