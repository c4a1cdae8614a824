// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/access_unit_assembler.h"

#include <QtEndian>

#include <array>

namespace vedette::net {
namespace {

constexpr std::array<std::uint8_t, 4> kStartCode{0, 0, 0, 1};

// RFC 6184, table 1.
constexpr int kStapA = 24;
constexpr int kFuA = 28;
// RFC 7798, 4.4.
constexpr int kAp = 48;
constexpr int kFu = 49;

/// Whether an H.264 SEI NAL unit says that decoding may begin here (recovery point, H.264 D.2.8): the start of an open
/// group of pictures. Emulation prevention is left in: it does not occur before a message of this kind.
bool hasRecoveryPoint(std::span<const std::uint8_t> sei)
{
    constexpr unsigned kRecoveryPoint = 6;
    std::size_t at = 1;
    const auto number = [&] {
        unsigned value = 0;
        while (at < sei.size() && sei[at] == 0xff) {
            value += 0xff;
            ++at;
        }
        return at < sei.size() ? value + sei[at++] : value;
    };
    while (at + 2 < sei.size()) {
        const unsigned type = number();
        const unsigned size = number();
        if (type == kRecoveryPoint)
            return true;
        at += size;
    }
    return false;
}

} // namespace

AccessUnitAssembler::AccessUnitAssembler(media::Codec codec, media::Bytes parameterSets)
    : m_codec(codec), m_parameterSets(std::move(parameterSets)), m_waitForKey(true)
{
}

void AccessUnitAssembler::begin(std::uint32_t timestamp)
{
    // Some cameras mark the end of a picture after its parameter sets, too: they belong to the next one.
    if (m_hasPicture || m_damaged || m_inFragment)
        m_data.clear();
    if (m_data.empty())
        m_hasParameterSets = m_key = false;
    m_timestamp = timestamp;
    m_open = true;
    m_inFragment = m_damaged = m_hasPicture = false;
}

std::optional<AccessUnitAssembler::Unit> AccessUnitAssembler::push(const RtpPacket &packet, std::uint32_t missingBefore)
{
    std::optional<Unit> done;
    if (m_open && packet.timestamp != m_timestamp) {
        // The marker was lost or never set. What is whole goes out; what has a hole does not.
        m_damaged = m_damaged || missingBefore > 0;
        done = finish();
    }
    if (!m_open)
        begin(packet.timestamp);
    // Whether the lost packets belonged to this unit or to whole units before it cannot be known.
    if (missingBefore > 0 && !done)
        m_damaged = true;
    if (m_codec == media::Codec::H265)
        appendH265(packet.payload);
    else
        appendH264(packet.payload);
    if (m_data.size() > kMaxUnitBytes) {
        m_data.clear();
        m_damaged = true;
    }
    if (packet.marker && !done)
        done = finish();
    return done;
}

void AccessUnitAssembler::appendNal(std::span<const std::uint8_t> nal)
{
    if (nal.empty())
        return;
    if (m_codec == media::Codec::H265) {
        const int type = (nal[0] >> 1) & 0x3f;
        m_key = m_key || (type >= 16 && type <= 21);
        m_hasPicture = m_hasPicture || type < 32;
        m_hasParameterSets = m_hasParameterSets || type == 33;
    } else {
        const int type = nal[0] & 0x1f;
        m_key = m_key || type == 5 || (type == 6 && hasRecoveryPoint(nal));
        m_hasPicture = m_hasPicture || (type >= 1 && type <= 5);
        m_hasParameterSets = m_hasParameterSets || type == 7;
    }
    m_data.insert(m_data.end(), kStartCode.begin(), kStartCode.end());
    m_data.insert(m_data.end(), nal.begin(), nal.end());
}

void AccessUnitAssembler::appendAggregate(std::span<const std::uint8_t> payload)
{
    while (payload.size() >= 2) {
        const std::size_t size = qFromBigEndian<std::uint16_t>(payload.data());
        payload = payload.subspan(2);
        if (size == 0 || size > payload.size()) {
            m_damaged = true;
            return;
        }
        appendNal(payload.first(size));
        payload = payload.subspan(size);
    }
}

void AccessUnitAssembler::appendFragment(std::span<const std::uint8_t> body, bool start, bool end,
                                         std::span<const std::uint8_t> header)
{
    if (start) {
        m_damaged = m_damaged || m_inFragment; // the end of the one before never came
        appendNal(header);
        m_inFragment = true;
    } else if (!m_inFragment) {
        m_damaged = true; // its beginning never came
        return;
    }
    m_data.insert(m_data.end(), body.begin(), body.end());
    if (end)
        m_inFragment = false;
}

void AccessUnitAssembler::appendH264(std::span<const std::uint8_t> payload)
{
    if (payload.empty())
        return;
    const int type = payload[0] & 0x1f;
    if (type == kStapA) {
        appendAggregate(payload.subspan(1));
    } else if (type == kFuA) {
        if (payload.size() < 3) {
            m_damaged = true;
            return;
        }
        const std::array header{static_cast<std::uint8_t>((payload[0] & 0xe0) | (payload[1] & 0x1f))};
        appendFragment(payload.subspan(2), payload[1] & 0x80, payload[1] & 0x40, header);
    } else if (type >= 1 && type <= 23) {
        appendNal(payload);
    } else {
        m_damaged = true; // STAP-B, MTAP, FU-B need packetization-mode 2, which we do not ask for
    }
}

void AccessUnitAssembler::appendH265(std::span<const std::uint8_t> payload)
{
    if (payload.size() < 3) {
        m_damaged = m_damaged || !payload.empty();
        return;
    }
    const int type = (payload[0] >> 1) & 0x3f;
    if (type == kAp) {
        appendAggregate(payload.subspan(2));
    } else if (type == kFu) {
        const std::array header{static_cast<std::uint8_t>((payload[0] & 0x81) | ((payload[2] & 0x3f) << 1)), payload[1]};
        appendFragment(payload.subspan(3), payload[2] & 0x80, payload[2] & 0x40, header);
    } else if (type < 48) {
        appendNal(payload);
    } else {
        m_damaged = true;
    }
}

std::optional<AccessUnitAssembler::Unit> AccessUnitAssembler::finish()
{
    m_open = false;
    if (m_damaged || m_inFragment) {
        ++m_dropped;
        m_waitForKey = true;
        return std::nullopt;
    }
    if (!m_hasPicture)
        return std::nullopt; // parameter sets or SEI alone
    if (m_waitForKey && !m_key) {
        ++m_dropped;
        return std::nullopt;
    }
    m_waitForKey = false;
    Unit unit{{}, m_timestamp, m_key};
    if (m_key && !m_hasParameterSets)
        unit.data = m_parameterSets;
    if (unit.data.empty())
        unit.data = std::move(m_data);
    else
        unit.data.insert(unit.data.end(), m_data.begin(), m_data.end());
    m_data.clear();
    return unit;
}

} // namespace vedette::net
