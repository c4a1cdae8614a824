// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/ts_writer.h"

#include "core/media/nal.h"

#include <algorithm>
#include <optional>

namespace vedette::media {
namespace {

constexpr std::size_t kPacket = 188;
constexpr std::size_t kBody = kPacket - 4;
constexpr unsigned kPatPid = 0;
constexpr unsigned kPmtPid = 0x1000;
constexpr unsigned kVideoPid = 0x100;
constexpr unsigned kSoundPid = 0x101;
constexpr std::uint8_t kVideoId = 0xE0; // ISO 13818-1 table 2-22
constexpr std::uint8_t kSoundId = 0xC0;
constexpr std::uint8_t kProgram = 1;
constexpr std::uint8_t kStreamTypeH264 = 0x1B; // ISO 13818-1 table 2-34
constexpr std::uint8_t kStreamTypeH265 = 0x24;
constexpr std::uint8_t kStreamTypeAdts = 0x0F;

std::uint8_t byteOf(std::uint64_t value)
{
    return static_cast<std::uint8_t>(value & 0xFF);
}

/// ISO 13818-1 annex A.
std::uint32_t crc32(std::span<const std::uint8_t> data)
{
    std::uint32_t crc = 0xFFFFFFFF;
    for (const std::uint8_t byte : data) {
        crc ^= static_cast<std::uint32_t>(byte) << 24;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x80000000U) != 0 ? crc << 1 ^ 0x04C11DB7U : crc << 1;
    }
    return crc;
}

/// Five bytes: four bits of prefix, 33 bits of time, marker bits between (2.4.3.7).
void appendTime(Bytes &out, unsigned prefix, std::int64_t time)
{
    const auto t = static_cast<std::uint64_t>(time) & 0x1FFFFFFFFULL;
    out.insert(out.end(), {byteOf(prefix << 4 | (t >> 29 & 0x0E) | 1), byteOf(t >> 22), byteOf((t >> 14 & 0xFE) | 1),
                           byteOf(t >> 7), byteOf((t << 1 & 0xFE) | 1)});
}

/// Header of a PES packet; continued pieces carry no time.
Bytes pesHeader(std::uint8_t id, std::size_t payload, std::optional<std::pair<std::int64_t, std::int64_t>> times)
{
    Bytes optional;
    std::uint8_t flags = 0;
    if (times) {
        const bool both = times->first != times->second;
        flags = both ? 0xC0 : 0x80;
        appendTime(optional, both ? 3 : 2, times->first);
        if (both)
            appendTime(optional, 1, times->second);
    }
    const std::size_t length = 3 + optional.size() + payload;
    Bytes header{0, 0, 1, id, byteOf(length >> 8), byteOf(length), byteOf(times ? 0x84 : 0x80), flags, byteOf(optional.size())};
    header.insert(header.end(), optional.begin(), optional.end());
    return header;
}

bool beginsWithDelimiter(Codec codec, std::span<const std::uint8_t> unit)
{
    std::optional<unsigned> first;
    forEachNal(unit.first(std::min<std::size_t>(unit.size(), 16)), [&](std::span<const std::uint8_t> nal) {
        if (!first)
            first = codec == Codec::H265 ? nal[0] >> 1 & 0x3FU : nal[0] & 0x1FU;
    });
    return first == (codec == Codec::H265 ? 35U : 9U);
}

} // namespace

void TsWriter::section(unsigned pid, std::uint8_t &counter, Bytes body)
{
    const std::uint32_t crc = crc32(body);
    body.insert(body.end(), {byteOf(crc >> 24), byteOf(crc >> 16), byteOf(crc >> 8), byteOf(crc)});
    const std::size_t begin = m_out.size();
    m_out.insert(m_out.end(), {0x47, byteOf(0x40 | pid >> 8), byteOf(pid), byteOf(0x10U | (counter++ & 0x0FU)), 0});
    m_out.insert(m_out.end(), body.begin(), body.end());
    m_out.resize(begin + kPacket, 0xFF);
}

void TsWriter::tables()
{
    section(kPatPid, m_patCounter,
            {0x00, 0xB0, 13, 0, 1, 0xC1, 0, 0, 0, kProgram, byteOf(0xE0 | kPmtPid >> 8), byteOf(kPmtPid)});
    const std::uint8_t type = m_codec == Codec::H265 ? kStreamTypeH265 : kStreamTypeH264;
    Bytes map{0x02, 0xB0, byteOf(m_sound ? 23 : 18), 0, kProgram, 0xC1, 0, 0, byteOf(0xE0 | kVideoPid >> 8), byteOf(kVideoPid), 0xF0, 0, type,
              byteOf(0xE0 | kVideoPid >> 8), byteOf(kVideoPid), 0xF0, 0};
    if (m_sound)
        map.insert(map.end(), {kStreamTypeAdts, byteOf(0xE0 | kSoundPid >> 8), byteOf(kSoundPid), 0xF0, 0});
    section(kPmtPid, m_pmtCounter, std::move(map));
}

/// One PES packet; a short last TS packet is filled up by its adaptation field.
void TsWriter::piece(unsigned pid, std::uint8_t &counter, std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload)
{
    bool first = true;
    while (first || !payload.empty()) {
        const std::size_t head = first ? header.size() : 0;
        std::size_t field = m_adaptation.empty() ? 0 : 1 + m_adaptation.size();
        const std::size_t room = kBody - field - head;
        const std::size_t take = std::min(room, payload.size());
        field += room - take;
        m_out.insert(m_out.end(), {0x47, byteOf((first ? 0x40U : 0U) | pid >> 8), byteOf(pid),
                                   byteOf((field > 0 ? 0x30U : 0x10U) | (counter++ & 0x0FU))});
        if (field > 0) {
            const std::size_t begin = m_out.size();
            m_out.push_back(byteOf(field - 1));
            if (m_adaptation.empty() && field > 1)
                m_out.push_back(0); // no flags
            m_out.insert(m_out.end(), m_adaptation.begin(), m_adaptation.end());
            m_out.resize(begin + field, 0xFF);
        }
        if (first)
            m_out.insert(m_out.end(), header.begin(), header.end());
        m_out.insert(m_out.end(), payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(take));
        payload = payload.subspan(take);
        m_adaptation.clear();
        first = false;
    }
}

std::span<const std::uint8_t> TsWriter::write(std::span<const std::uint8_t> unit, bool key, std::int64_t pts, std::int64_t dts)
{
    m_out.clear();
    m_unit.clear();
    if (!beginsWithDelimiter(m_codec, unit))
        m_unit = m_codec == Codec::H265 ? Bytes{0, 0, 0, 1, 0x46, 0x01, 0x50} : Bytes{0, 0, 0, 1, 0x09, 0xF0};
    m_unit.insert(m_unit.end(), unit.begin(), unit.end());
    if (m_unit.size() % kTsPieceBytes == 0)
        m_unit.push_back(0); // trailing_zero_8bits, so that the last piece is shorter

    if (key || !m_begun)
        tables();
    m_begun = true;
    const auto clock = static_cast<std::uint64_t>(dts) & 0x1FFFFFFFFULL;
    m_adaptation = {byteOf(0x10U | (key ? 0x40U : 0U)), byteOf(clock >> 25), byteOf(clock >> 17), byteOf(clock >> 9),
                    byteOf(clock >> 1), byteOf((clock << 7 & 0x80) | 0x7E), 0};
    std::span<const std::uint8_t> rest(m_unit);
    for (bool first = true; !rest.empty(); first = false) {
        const std::size_t size = std::min(rest.size(), kTsPieceBytes);
        const Bytes header = pesHeader(kVideoId, size, first ? std::optional(std::pair(pts, dts)) : std::nullopt);
        piece(kVideoPid, m_videoCounter, header, rest.first(size));
        rest = rest.subspan(size);
    }
    return m_out;
}

std::span<const std::uint8_t> TsWriter::writeSound(std::span<const std::uint8_t> frame, std::int64_t pts)
{
    m_out.clear();
    m_adaptation.clear();
    piece(kSoundPid, m_soundCounter, pesHeader(kSoundId, frame.size(), std::pair(pts, pts)), frame);
    return m_out;
}

} // namespace vedette::media
