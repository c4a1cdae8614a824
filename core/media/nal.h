// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <functional>
#include <optional>
#include <span>

namespace vedette::media {

/// Annex B access units, without FFmpeg. All functions are reentrant, never read outside the span
/// and accept any bytes.

/// Calls visit with each NAL unit's bytes, header included, start code and trailing zeros excluded.
void forEachNal(std::span<const std::uint8_t> accessUnit, const std::function<void(std::span<const std::uint8_t>)> &visit);

/// What a NAL unit is for. ParameterSet: H.264 types 7 and 8, H.265 32 to 34. Sei: H.264 6, H.265 39 and 40. Picture, the
/// VCL: H.264 1 to 5, and 14 and 20, which stay beside them; H.265 0 to 31. Other: all else, an empty one too.
enum class NalKind : std::uint8_t { ParameterSet, Sei, Picture, Other };
NalKind nalKind(Codec codec, std::span<const std::uint8_t> nal);

/// H.264: nal_unit_type 5. H.265: types 16 to 21 (IRAP).
bool containsKeyFrame(Codec codec, std::span<const std::uint8_t> accessUnit);

/// Parameter sets (H.264: 7, 8; H.265: 32, 33, 34) found in the unit, as Annex B.
Bytes extractParameterSets(Codec codec, std::span<const std::uint8_t> accessUnit);

/// One SEI NAL unit with start code that carries user_data_unregistered (payload type 5); payload is
/// UUID and body. Emulation prevention is done. H.264: nal type 6; H.265: prefix SEI, type 39.
Bytes makeUserDataSei(Codec codec, std::span<const std::uint8_t> payload);

/// The access unit with the SEI placed after AUD and parameter sets and before the first VCL NAL unit;
/// VCL NAL units stay bit-identical. Earlier user data SEI messages with the same UUID are removed.
Bytes insertUserDataSei(Codec codec, std::span<const std::uint8_t> accessUnit, std::span<const std::uint8_t> payload);

/// UUID and body of the first user_data_unregistered message with this UUID, unescaped.
std::optional<Bytes> findUserDataSei(Codec codec, std::span<const std::uint8_t> accessUnit, std::span<const std::uint8_t, 16> uuid);

} // namespace vedette::media
