// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/rtp.h"
#include "core/net/sdp.h"

#include <vector>

namespace vedette::net {

/// Takes AAC access units out of RTP payloads (RFC 3640, AAC-hbr and AAC-lbr; interleaved units get the time of their
/// index). A unit over several packets is joined; one with a hole is dropped and counted. Pure; reentrant.
class AacDepacketizer {
public:
    static constexpr std::size_t kMaxUnitBytes = 64U << 10; ///< sizes have at most 16 bits

    explicit AacDepacketizer(AacFormat format) : m_format(std::move(format)) {}

    struct Unit {
        media::Bytes data;
        std::uint32_t timestamp = 0;
    };
    /// missingBefore: packets lost directly before this one. Packets come in order of their sequence.
    std::vector<Unit> push(const RtpPacket &packet, std::uint32_t missingBefore);
    std::uint64_t dropped() const { return m_dropped; }

private:
    struct Header {
        std::size_t size = 0;
        std::uint32_t index = 0;
    };
    std::vector<Header> readHeaders(std::span<const std::uint8_t> &payload) const;
    void dropPartial();
    std::vector<Unit> pushFragment(const RtpPacket &packet, std::span<const std::uint8_t> body, std::size_t size);

    AacFormat m_format;
    media::Bytes m_partial;          // of one unit over several packets; empty when there is none
    std::size_t m_partialSize = 0;
    std::uint32_t m_partialTimestamp = 0;
    std::uint64_t m_dropped = 0;
};

} // namespace vedette::net
