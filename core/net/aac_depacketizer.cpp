// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/aac_depacketizer.h"

#include <QtEndian>

namespace vedette::net {
namespace {

class BitReader {
public:
    BitReader(std::span<const std::uint8_t> bytes, std::size_t bits) : m_bytes(bytes), m_left(bits) {}
    bool has(int bits) const { return m_left >= static_cast<std::size_t>(bits); }
    std::uint32_t take(int bits)
    {
        std::uint32_t value = 0;
        for (; bits > 0; --bits, ++m_at, --m_left)
            value = value << 1 | ((m_bytes[m_at / 8] >> (7 - m_at % 8)) & 1U);
        return value;
    }

private:
    std::span<const std::uint8_t> m_bytes;
    std::size_t m_left;
    std::size_t m_at = 0;
};

} // namespace

/// Takes the header section off the payload; empty when it is cut short.
std::vector<AacDepacketizer::Header> AacDepacketizer::readHeaders(std::span<const std::uint8_t> &payload) const
{
    if (payload.size() < 2)
        return {};
    const std::size_t bits = qFromBigEndian<std::uint16_t>(payload.data());
    const std::size_t bytes = (bits + 7) / 8;
    payload = payload.subspan(2);
    if (bytes > payload.size())
        return {};
    BitReader reader(payload, bits);
    payload = payload.subspan(bytes);
    std::vector<Header> headers;
    std::uint32_t index = 0;
    for (;;) {
        const int indexBits = headers.empty() ? m_format.indexLength : m_format.indexDeltaLength;
        if (m_format.sizeLength <= 0 || !reader.has(m_format.sizeLength + indexBits))
            return headers;
        const std::size_t size = reader.take(m_format.sizeLength);
        const std::uint32_t step = reader.take(indexBits);
        // The packet's time stamp is the first unit's, whatever its index (RFC 3640, 3.2.1.1).
        index = headers.empty() ? 0 : index + step + 1;
        headers.push_back({size, index});
    }
}

void AacDepacketizer::dropPartial()
{
    if (m_partial.empty())
        return;
    m_partial.clear();
    ++m_dropped;
}

std::vector<AacDepacketizer::Unit> AacDepacketizer::pushFragment(const RtpPacket &packet, std::span<const std::uint8_t> body, std::size_t size)
{
    if (!m_partial.empty() && (m_partialSize != size || m_partialTimestamp != packet.timestamp))
        dropPartial();
    m_partialSize = size;
    m_partialTimestamp = packet.timestamp;
    m_partial.insert(m_partial.end(), body.begin(), body.end());
    if (m_partial.size() < size && !packet.marker)
        return {};
    if (m_partial.size() != size) {
        dropPartial();
        return {};
    }
    std::vector<Unit> units;
    units.push_back({std::exchange(m_partial, {}), packet.timestamp});
    return units;
}

std::vector<AacDepacketizer::Unit> AacDepacketizer::push(const RtpPacket &packet, std::uint32_t missingBefore)
{
    if (missingBefore > 0)
        dropPartial();
    std::span<const std::uint8_t> body = packet.payload;
    const std::vector<Header> headers = readHeaders(body);
    if (headers.size() == 1 && headers.front().size > body.size() && !body.empty())
        return pushFragment(packet, body, headers.front().size);
    // The last fragment announces the whole size, too, and is as long as or shorter than it.
    if (headers.size() == 1 && !m_partial.empty() && m_partialTimestamp == packet.timestamp && m_partialSize == headers.front().size)
        return pushFragment(packet, body, headers.front().size);
    dropPartial();
    std::vector<Unit> units;
    for (const Header &header : headers) {
        if (header.size == 0 || header.size > body.size()) {
            ++m_dropped;
            return units;
        }
        units.push_back({media::Bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(header.size)),
                         packet.timestamp + header.index * m_format.unitDuration});
        body = body.subspan(header.size);
    }
    if (headers.empty())
        ++m_dropped;
    return units;
}

} // namespace vedette::net
