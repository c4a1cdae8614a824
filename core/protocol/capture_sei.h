// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace vedette::protocol {

/// UUID of the capture-time message (H.264 Annex D.1.7 / H.265 Annex D.2.7,
/// user_data_unregistered, payload type 5). Fixed for ever: 5a8f1c0e-7d24-4f6b-9c1a-76656465747f.
inline constexpr std::array<std::uint8_t, 16> kCaptureUuid{0x5a, 0x8f, 0x1c, 0x0e, 0x7d, 0x24, 0x4f, 0x6b,
                                                           0x9c, 0x1a, 0x76, 0x65, 0x64, 0x65, 0x74, 0x7f};

/// Bytes after the UUID, big endian: version u8 (1) · flags u8 (bit 0: UTC known) · settings version
/// u32 · run u64 · sequence u64 · captured i64 µs UTC · uncertainty u32 µs. 34 bytes.
inline constexpr std::size_t kCaptureBodySize = 34;

/// UUID and body, ready for media::makeUserDataSei().
std::vector<std::uint8_t> encodeCapture(const CaptureStamp &stamp);

/// payload: UUID and body as found in the stream. NotFound for another UUID, Unsupported for a
/// newer version, Corrupt for a short or impossible body. Longer bodies of version 1 are accepted.
Result<CaptureStamp> decodeCapture(std::span<const std::uint8_t> payload);

} // namespace vedette::protocol
