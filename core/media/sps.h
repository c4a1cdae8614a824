// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <optional>
#include <span>

namespace vedette::media {

/// Size of the shown picture as a sequence parameter set tells it (H.264 7.3.2.1.1, H.265 7.3.2.2.1).
struct PictureSize {
    int width = 0;
    int height = 0;
};

/// The first SPS of an Annex B buffer; empty when there is none or it breaks the syntax. Reentrant, accepts any bytes.
std::optional<PictureSize> pictureSize(Codec codec, std::span<const std::uint8_t> parameterSets);

} // namespace vedette::media
