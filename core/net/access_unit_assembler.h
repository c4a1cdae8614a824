// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"
#include "core/net/rtp.h"

#include <optional>

namespace vedette::net {

/// Joins RTP payloads to whole access units: H.264 (RFC 6184: single NAL unit, STAP-A, FU-A) and H.265 (RFC 7798:
/// single, AP, FU; no DONL). A unit is given out at its marker bit, not when the next one begins. A unit with a hole is
/// dropped and counted, and all after it up to the next key frame or H.264 recovery point, so that what comes out decodes.
/// Pure; reentrant.
class AccessUnitAssembler {
public:
    static constexpr std::size_t kMaxUnitBytes = 32U << 20; ///< an 8K key frame; more is dropped

    /// parameterSets: Annex B from the SDP, put before a key frame that has none in band.
    explicit AccessUnitAssembler(media::Codec codec, media::Bytes parameterSets = {});

    struct Unit {
        media::Bytes data;               ///< Annex B
        std::uint32_t timestamp = 0;
        bool key = false;
    };
    /// missingBefore: packets lost directly before this one. Packets come in order of their sequence.
    std::optional<Unit> push(const RtpPacket &packet, std::uint32_t missingBefore);
    /// Units dropped because a part was lost, too large or malformed, or because their reference was.
    std::uint64_t dropped() const { return m_dropped; }

private:
    void begin(std::uint32_t timestamp);
    void appendNal(std::span<const std::uint8_t> nal);
    void appendH264(std::span<const std::uint8_t> payload);
    void appendH265(std::span<const std::uint8_t> payload);
    void appendAggregate(std::span<const std::uint8_t> payload);
    void appendFragment(std::span<const std::uint8_t> body, bool start, bool end, std::span<const std::uint8_t> header);
    std::optional<Unit> finish();

    media::Codec m_codec;
    media::Bytes m_parameterSets;
    media::Bytes m_data;
    std::uint32_t m_timestamp = 0;
    bool m_open = false;
    bool m_inFragment = false;
    bool m_damaged = false;
    bool m_key = false;
    bool m_hasParameterSets = false;
    bool m_hasPicture = false;
    bool m_waitForKey = false;
    std::uint64_t m_dropped = 0;
};

} // namespace vedette::net
