// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace vedette::protocol {

/// The stream of /live/<camera>/<stream>.au: whole access units, so that nobody waits for the next picture to know that
/// this one is complete. Records follow each other without a file header, all numbers big endian:
///   length u32 (of what follows) · type u8 · content
///   type 1, stream: codec u8 (1 H.264, 2 H.265) · width u16 · height u16 · frames per second × 1000 u32; 0 = unknown.
///     Comes first and again whenever one of these changes.
///   type 2, access unit: flags u8 (bit 0: key frame) · pts i64 µs · dts i64 µs · Annex B bytes.
/// Unknown types are skipped; content may grow at its end in types 1.
inline constexpr auto kAuContentType = "application/vnd.vedette.au";
inline constexpr std::size_t kAuMaxRecord = 33U << 20; ///< an 8K key frame

struct AuStream {
    std::uint8_t codec = 0; ///< 1 H.264, 2 H.265
    int width = 0;
    int height = 0;
    double framerate = 0;
    bool operator==(const AuStream &) const = default;
};
struct AuUnit {
    bool key = false;
    std::int64_t ptsMicros = 0;
    std::int64_t dtsMicros = 0;
    std::vector<std::uint8_t> data;
};

QByteArray encodeAuStream(const AuStream &stream);
/// The record up to the bytes, which follow as they are; size: how many.
QByteArray encodeAuUnitHead(bool key, std::int64_t ptsMicros, std::int64_t dtsMicros, std::size_t size);

/// Cuts records out of bytes in any pieces. Pure; reentrant.
class AuParser {
public:
    using Item = std::variant<AuStream, AuUnit>;

    void feed(const char *data, std::size_t size) { m_buffer.insert(m_buffer.end(), data, data + size); }
    /// Empty when more bytes are needed; Corrupt when this is no such stream: it is of no further use.
    Result<std::optional<Item>> next();
    /// All that was fed has been given out.
    bool empty() const { return m_at == m_buffer.size(); }

private:
    std::vector<std::uint8_t> m_buffer;
    std::size_t m_at = 0;
};

} // namespace vedette::protocol
