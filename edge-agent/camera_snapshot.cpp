// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_snapshot.h"

#include <algorithm>

namespace vedette::agent {

Result<media::Frame> StreamSnapshot::newest(const media::PacketTee &tee)
{
    std::vector<media::PacketPtr> group = tee.cachedGroup();
    if (group.empty())
        return fail(ErrorKind::NotFound, QStringLiteral("there is no picture yet"));
    auto from = std::find(group.begin(), group.end(), m_last);
    if (from != group.end() && m_decoder) {
        ++from;
    } else {
        auto decoder = media::Decoder::create(tee.info());
        if (!decoder)
            return fail(decoder.error());
        m_decoder = std::move(*decoder);
        m_frame = {};
        from = group.begin();
    }
    auto end = group.end();
    if (static_cast<std::size_t>(end - from) > kMaxPackets && from == group.begin())
        end = from + 1;
    for (; from != end; ++from) {
        m_last = *from;
        if (auto frames = m_decoder->decode(*from); frames && !frames->empty())
            m_frame = std::move(frames->back());
    }
    if (m_frame.isNull())
        return fail(ErrorKind::NotFound, QStringLiteral("no picture could be decoded yet"));
    return m_frame;
}

} // namespace vedette::agent
