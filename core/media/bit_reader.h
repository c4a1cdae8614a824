// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace vedette::media {

/// Bits of an RBSP (H.264 7.2, H.265 7.2), emulation prevention bytes skipped; past the end it reads zeros and remembers
/// that it did. Value type.
class BitReader {
public:
    explicit BitReader(std::span<const std::uint8_t> data) : m_data(data) {}

    bool ok() const { return m_ok; }
    std::uint32_t bits(unsigned count)
    {
        std::uint32_t value = 0;
        for (; count > 0; --count)
            value = value << 1 | bit();
        return value;
    }
    void skip(unsigned count)
    {
        for (; count > 0; --count)
            bit();
    }
    std::uint32_t ue()
    {
        unsigned zeros = 0;
        while (m_ok && bit() == 0)
            ++zeros;
        if (zeros > 31) {
            m_ok = false;
            return 0;
        }
        return (1U << zeros) - 1 + bits(zeros);
    }
    std::int32_t se()
    {
        const std::uint32_t code = ue();
        return code % 2 != 0 ? static_cast<std::int32_t>(code / 2 + 1) : -static_cast<std::int32_t>(code / 2);
    }

private:
    std::uint32_t bit()
    {
        if (m_left == 0 && !next())
            return 0;
        --m_left;
        return m_byte >> m_left & 1U;
    }
    bool next()
    {
        if (m_at < m_data.size() && m_zeros >= 2 && m_data[m_at] == 3) {
            ++m_at;
            m_zeros = 0;
        }
        if (m_at >= m_data.size()) {
            m_ok = false;
            return false;
        }
        m_byte = m_data[m_at++];
        m_zeros = m_byte == 0 ? m_zeros + 1 : 0;
        m_left = 8;
        return true;
    }

    std::span<const std::uint8_t> m_data;
    std::size_t m_at = 0;
    unsigned m_zeros = 0;
    unsigned m_left = 0;
    std::uint8_t m_byte = 0;
    bool m_ok = true;
};

} // namespace vedette::media
