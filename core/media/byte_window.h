// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/byte_source.h"
#include "core/media/packet.h"

#include <memory>

namespace vedette::media {

/// A part of a ByteSource in memory that follows its reader: few small reads after a jump, large ones while it goes on.
/// Thread-bound.
class ByteWindow {
public:
    static constexpr std::size_t kFirst = 64 << 10;     ///< bytes of the first read after a jump
    static constexpr std::size_t kLargest = 512 << 10;  ///< each that follows is twice as large, up to this

    explicit ByteWindow(std::unique_ptr<ByteSource> source) : m_source(std::move(source)) {}

    ByteSource &source() { return *m_source; }
    std::unique_ptr<ByteSource> release() { return std::move(m_source); } ///< nothing else may be called then
    std::int64_t size() const { return m_source->size(); }
    /// The bytes from offset on, fewer than count only at the end of the source. Valid until the next call.
    Result<std::span<const std::uint8_t>> bytes(std::int64_t offset, std::size_t count, std::stop_token stop);

private:
    std::unique_ptr<ByteSource> m_source;
    Bytes m_bytes;
    std::int64_t m_from = 0;
    std::size_t m_next = kFirst;
};

} // namespace vedette::media
