// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <array>
#include <cstdint>
#include <span>

namespace vedette::media {

/// Bytes of picture data in every PES packet but the last of an access unit. A PES packet holds at most 64 KiB, and
/// without its length a receiver learns of its end only when the next picture begins: one frame interval late for
/// exactly the large ones. So large units go in several PES packets of this size, the last of which is never this long.
inline constexpr std::size_t kTsPieceBytes = 65'000;

/// MPEG-TS (ISO 13818-1) with one video stream, and AAC (ADTS) beside it where it is told: tables before each key frame,
/// the clock (PCR) and an access unit delimiter with each picture, nothing kept back. Thread-bound; cannot fail.
class TsWriter {
public:
    TsWriter(Codec codec, bool sound) : m_codec(codec), m_sound(sound) {}

    /// The next access unit as whole TS packets; times in 90 kHz. Valid until the next call.
    std::span<const std::uint8_t> write(std::span<const std::uint8_t> unit, bool key, std::int64_t pts, std::int64_t dts);
    /// An ADTS frame, as write().
    std::span<const std::uint8_t> writeSound(std::span<const std::uint8_t> frame, std::int64_t pts);

private:
    void tables();
    void section(unsigned pid, std::uint8_t &counter, Bytes body);
    void piece(unsigned pid, std::uint8_t &counter, std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload);

    const Codec m_codec;
    const bool m_sound;
    Bytes m_unit;
    Bytes m_out;
    Bytes m_adaptation; ///< flags and clock for the next TS packet
    bool m_begun = false;
    std::uint8_t m_patCounter = 0;
    std::uint8_t m_pmtCounter = 0;
    std::uint8_t m_videoCounter = 0;
    std::uint8_t m_soundCounter = 0;
};

} // namespace vedette::media
