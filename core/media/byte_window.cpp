// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/byte_window.h"

#include <algorithm>

namespace vedette::media {

Result<std::span<const std::uint8_t>> ByteWindow::bytes(std::int64_t offset, std::size_t count, std::stop_token stop)
{
    const std::int64_t end = m_from + static_cast<std::int64_t>(m_bytes.size());
    if (offset < m_from || offset > end) {
        m_bytes.clear();
        m_from = offset;
        m_next = kFirst;
    }
    auto skip = static_cast<std::size_t>(offset - m_from);
    if (m_bytes.size() - skip < count) {
        m_bytes.erase(m_bytes.begin(), m_bytes.begin() + static_cast<std::ptrdiff_t>(skip));
        m_from = offset;
        skip = 0;
        const std::size_t wanted = std::max(count, m_next);
        m_next = std::min(m_next * 2, kLargest);
        std::size_t have = m_bytes.size();
        m_bytes.resize(wanted);
        Status failure;
        while (have < count && failure) {
            const auto got = m_source->read(m_from + static_cast<std::int64_t>(have), std::span(m_bytes).subspan(have), stop);
            if (!got)
                failure = fail(got.error());
            else if (*got == 0)
                break;
            else
                have += *got;
        }
        m_bytes.resize(have);
        if (!failure)
            return fail(failure.error());
    }
    return std::span<const std::uint8_t>(m_bytes).subspan(skip, std::min(count, m_bytes.size() - skip));
}

} // namespace vedette::media
