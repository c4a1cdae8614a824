// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <array>
#include <span>

namespace vedette::media {

/// What an AudioSpecificConfig says (ISO 14496-3, 1.6.2.1 and 4.4.1).
struct AacConfig {
    int objectType = 0;              ///< 2: AAC-LC; of SBR and PS (5, 29) the core below them
    int frequencyIndex = 0;          ///< of the core; 15: a rate that no index names
    std::uint32_t sampleRate = 0;    ///< of what comes out, Hz: SBR doubles that of the core
    int channelConfiguration = 0;    ///< 0: told elsewhere
    std::uint32_t unitDuration = 1024; ///< samples of one access unit at that rate
};
/// Empty for one that is cut short or reserved.
std::optional<AacConfig> parseAacConfig(std::span<const std::uint8_t> config);

/// The header of one ADTS frame without CRC (ISO 14496-3, 1.A.2.2.1) for a raw access unit; empty where ADTS cannot say
/// it: other object types than 1 to 4, a rate or channels without index, a unit above 8184 bytes.
std::optional<std::array<std::uint8_t, 7>> adtsHeader(const AacConfig &config, std::size_t unitBytes);

} // namespace vedette::media
