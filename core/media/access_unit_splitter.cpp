// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/access_unit_splitter.h"

#include <algorithm>
#include <array>

namespace vedette::media {
namespace {

constexpr std::size_t kStartCode = 3;              // 00 00 01
constexpr std::size_t kLookedAt = kStartCode + 2;  // NAL header and the first byte of a slice header

bool isSlice(unsigned type)
{
    return type >= 1 && type <= 5;
}

/// nal: header and one byte more. first_mb_in_slice is 0 when its code ue(v) begins with a 1.
bool beginsUnit(const std::uint8_t *nal)
{
    const unsigned type = nal[0] & 0x1FU;
    if (isSlice(type))
        return type != 3 && type != 4 && (nal[1] & 0x80) != 0;
    return (type >= 6 && type <= 9) || (type >= 14 && type <= 18);
}

Error noVideo(const QString &why)
{
    return {ErrorKind::Corrupt, why, nullptr};
}

} // namespace

Status AccessUnitSplitter::push(std::span<const std::uint8_t> bytes, MonoTime now)
{
    if (m_data.empty())
        m_firstByte = now;
    m_old = m_data.size();
    m_data.insert(m_data.end(), bytes.begin(), bytes.end());
    const Status scanned = scan(now);
    m_lastByte = now;
    m_old = m_data.size();
    if (scanned && m_data.size() > kMaxUnitBytes)
        return fail(noVideo(QStringLiteral("a picture has more than %1 MiB").arg(kMaxUnitBytes >> 20)));
    return scanned;
}

Status AccessUnitSplitter::scan(MonoTime now)
{
    while (m_scanned + kLookedAt <= m_data.size()) {
        const auto from = m_data.begin() + static_cast<std::ptrdiff_t>(m_scanned);
        static constexpr std::array<std::uint8_t, kStartCode> code{0, 0, 1};
        const auto found = std::search(from, m_data.end(), code.begin(), code.end());
        auto at = static_cast<std::size_t>(found - m_data.begin());
        if (!m_begun && std::any_of(m_data.begin(), found, [](std::uint8_t byte) { return byte != 0; }))
            return fail(noVideo(QStringLiteral("it does not begin with a start code")));
        if (at + kLookedAt > m_data.size()) {
            m_scanned = std::min(at, m_data.size() - (kStartCode - 1)); // a start code may lie across the end
            break;
        }
        const std::uint8_t *nal = m_data.data() + at + kStartCode;
        if ((nal[0] & 0x80) != 0 || (nal[0] & 0x1F) == 0)
            return fail(noVideo(QStringLiteral("there is no unit of type 0x%1").arg(nal[0], 2, 16, QLatin1Char('0'))));
        const bool begins = beginsUnit(nal);
        const std::size_t start = at > 0 && m_data[at - 1] == 0 ? at - 1 : at;
        if (m_finished) { // here the next unit must begin, but for zeros
            m_finished = false;
            m_discarding = !begins || start > 1;
            m_torn += m_discarding ? 1 : 0;
        }
        if (m_discarding && begins) {
            drop(start);
            at -= start;
            m_discarding = false;
            m_firstByte = now;
        } else if (m_hasPicture && begins) {
            cut(start, start > m_old ? now : m_lastByte);
            at -= start;
            m_firstByte = now;
        }
        m_begun = true;
        if (!m_discarding) {
            const unsigned type = m_data[at + kStartCode] & 0x1FU;
            m_hasPicture = m_hasPicture || isSlice(type);
            m_key = m_key || type == 5;
        }
        m_scanned = at + kStartCode;
    }
    if (m_discarding && m_scanned > 0) { // must not grow
        drop(m_scanned);
        m_scanned = 0;
    }
    return {};
}

void AccessUnitSplitter::drop(std::size_t bytes)
{
    m_data.erase(m_data.begin(), m_data.begin() + static_cast<std::ptrdiff_t>(bytes));
    m_old -= std::min(m_old, bytes);
}

void AccessUnitSplitter::cut(std::size_t end, MonoTime lastByte)
{
    Unit unit;
    unit.data.assign(m_data.begin(), m_data.begin() + static_cast<std::ptrdiff_t>(end));
    drop(end);
    unit.key = m_key;
    unit.firstByte = m_firstByte;
    unit.lastByte = lastByte;
    m_ready.push_back(std::move(unit));
    m_hasPicture = false;
    m_key = false;
    m_scanned = 0;
}

void AccessUnitSplitter::finish()
{
    if (!m_hasPicture)
        return;
    cut(m_data.size(), m_lastByte);
    m_finished = true;
}

std::optional<AccessUnitSplitter::Unit> AccessUnitSplitter::next()
{
    if (m_ready.empty())
        return std::nullopt;
    std::optional<Unit> unit(std::move(m_ready.front()));
    m_ready.pop_front();
    return unit;
}

} // namespace vedette::media
