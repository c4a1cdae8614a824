// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/ts_body.h"

#include "core/base/logging.h"

#include <utility>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcLive, "vedette.live")

} // namespace

bool TsBody::openMuxer()
{
    m_info = m_reader->info();
    auto muxer = media::Muxer::openTs(m_info, [this](std::span<const std::uint8_t> bytes) {
        m_out.append(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
    });
    if (!muxer) {
        qCWarning(lcLive).noquote() << "a live stream ends:" << muxer.error().text();
        return false;
    }
    m_muxer = std::move(*muxer);
    return true;
}

QByteArray TsBody::read()
{
    while (!m_failed && m_out.size() < kEnough) {
        const media::PacketPtr packet = m_reader->tryRead();
        if (!packet)
            break;
        if (!m_muxer && !openMuxer()) {
            m_failed = true;
            break;
        }
        const bool another = !media::isSound(packet->codec) && packet->codec != m_info.codec;
        const bool soundChanged = packet->key && m_reader->info().audio != m_info.audio; // whoever reads sees it begin anew
        if (another || soundChanged || !m_muxer->write(packet))
            m_failed = true;
    }
    return std::exchange(m_out, {});
}

} // namespace vedette::agent
