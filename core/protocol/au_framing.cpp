// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/au_framing.h"

#include <QtEndian>

#include <algorithm>
#include <cmath>

namespace vedette::protocol {
namespace {

constexpr std::uint8_t kTypeStream = 1;
constexpr std::uint8_t kTypeUnit = 2;
constexpr std::size_t kStreamSize = 1 + 1 + 2 + 2 + 4;
constexpr std::size_t kUnitHeadSize = 1 + 1 + 8 + 8;
constexpr std::uint8_t kFlagKey = 1;

} // namespace

QByteArray encodeAuStream(const AuStream &stream)
{
    QByteArray record(4 + kStreamSize, '\0');
    auto *out = reinterpret_cast<unsigned char *>(record.data());
    qToBigEndian<std::uint32_t>(kStreamSize, out);
    out[4] = kTypeStream;
    out[5] = stream.codec;
    qToBigEndian(static_cast<std::uint16_t>(std::clamp(stream.width, 0, 0xffff)), out + 6);
    qToBigEndian(static_cast<std::uint16_t>(std::clamp(stream.height, 0, 0xffff)), out + 8);
    qToBigEndian(static_cast<std::uint32_t>(std::clamp(std::lround(stream.framerate * 1000), 0L, 1'000'000L)), out + 10);
    return record;
}

QByteArray encodeAuUnitHead(bool key, std::int64_t ptsMicros, std::int64_t dtsMicros, std::size_t size)
{
    QByteArray record(4 + kUnitHeadSize, '\0');
    auto *out = reinterpret_cast<unsigned char *>(record.data());
    qToBigEndian(static_cast<std::uint32_t>(kUnitHeadSize + size), out);
    out[4] = kTypeUnit;
    out[5] = key ? kFlagKey : 0;
    qToBigEndian(ptsMicros, out + 6);
    qToBigEndian(dtsMicros, out + 14);
    return record;
}

Result<std::optional<AuParser::Item>> AuParser::next()
{
    for (;;) {
        const std::size_t held = m_buffer.size() - m_at;
        if (held < 4)
            return std::nullopt;
        const std::uint8_t *record = m_buffer.data() + m_at;
        const auto length = qFromBigEndian<std::uint32_t>(record);
        if (length == 0 || length > kAuMaxRecord)
            return fail(ErrorKind::Corrupt, QStringLiteral("the server does not send access units"));
        if (held < 4 + std::size_t{length})
            return std::nullopt;
        record += 4;
        std::optional<Item> item;
        if (record[0] == kTypeStream && length >= kStreamSize) {
            item = AuStream{record[1], qFromBigEndian<std::uint16_t>(record + 2), qFromBigEndian<std::uint16_t>(record + 4),
                            qFromBigEndian<std::uint32_t>(record + 6) / 1000.0};
        } else if (record[0] == kTypeUnit && length >= kUnitHeadSize) {
            AuUnit unit;
            unit.key = record[1] & kFlagKey;
            unit.ptsMicros = qFromBigEndian<std::int64_t>(record + 2);
            unit.dtsMicros = qFromBigEndian<std::int64_t>(record + 10);
            unit.data.assign(record + kUnitHeadSize, record + length);
            item = std::move(unit);
        } else if (record[0] == kTypeStream || record[0] == kTypeUnit) {
            return fail(ErrorKind::Corrupt, QStringLiteral("a record of the stream is too short"));
        }
        m_at += 4 + std::size_t{length};
        if (m_at == m_buffer.size() || m_at > (1U << 20)) {
            m_buffer.erase(m_buffer.begin(), m_buffer.begin() + static_cast<std::ptrdiff_t>(m_at));
            m_at = 0;
        }
        if (item)
            return item;
    }
}

} // namespace vedette::protocol
