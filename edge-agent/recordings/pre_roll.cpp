// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/pre_roll.h"

namespace vedette::agent {

void PreRoll::push(const media::PacketPtr &packet)
{
    const bool picture = !media::isSound(packet->codec);
    if (picture && packet->key) {
        m_groups.emplace_back();
        m_overflowed = false;
    }
    if (m_overflowed && picture)
        ++m_dropped;
    if (m_groups.empty())
        return;
    Group &group = m_groups.back();
    group.packets.push_back(packet);
    group.bytes += packet->data.size();
    group.pictures += picture ? 1 : 0;
    m_bytes += packet->data.size();
    while (m_bytes > m_maxBytes) {
        m_dropped += m_groups.front().pictures;
        m_overflowed = m_groups.size() == 1;
        dropOldest();
    }
}

void PreRoll::expire(MonoTime now)
{
    const MonoTime oldest = now - m_span;
    while (m_groups.size() > 1 && m_groups[1].packets.front()->arrival <= oldest)
        dropOldest();
    if (m_groups.size() == 1 && m_groups.front().packets.back()->arrival < oldest - kQuiet)
        dropOldest();
}

std::vector<media::PacketPtr> PreRoll::take()
{
    std::vector<media::PacketPtr> packets;
    for (const Group &group : m_groups)
        packets.insert(packets.end(), group.packets.begin(), group.packets.end());
    clear();
    return packets;
}

void PreRoll::clear()
{
    m_groups.clear();
    m_bytes = 0;
}

void PreRoll::dropOldest()
{
    m_bytes -= m_groups.front().bytes;
    m_groups.pop_front();
}

} // namespace vedette::agent
