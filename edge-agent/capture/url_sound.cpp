// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/url_sound.h"

#include <algorithm>

namespace vedette::agent {

void UrlSound::announce(const std::optional<media::AudioInfo> &offered, const QString &why)
{
    m_announced = true;
    m_offered = offered;
    m_converter.reset();
    m_detail = why;
    if (!offered || offered->codec == media::Codec::Aac)
        return tell(offered, why);
    auto converter = media::AacConverter::create(*offered);
    if (!converter)
        return tell(std::nullopt, converter.error().text());
    m_converter = std::move(*converter);
    const QString codec = QString::fromLatin1(media::toString(offered->codec));
    m_detail = codec.isEmpty() ? QStringLiteral("made AAC here") : QStringLiteral("%1 is made AAC here").arg(codec);
    if (m_converter->info())
        tell(m_converter->info(), m_detail);
}

void UrlSound::tell(const std::optional<media::AudioInfo> &audio, const QString &detail)
{
    m_told = audio;
    m_context.sound.announce(audio, detail);
}

void UrlSound::write(const media::Packet &packet, std::optional<MonoTime> captured)
{
    if (!captured || !m_offered)
        return;
    auto placed = std::make_shared<media::Packet>(packet);
    placed->pts = placed->dts = microseconds{toMicros(*captured)};
    if (!m_converter) {
        if (m_told)
            give(placed);
        return;
    }
    const auto units = m_converter->convert(*placed);
    if (m_converter->info() != m_told)
        tell(m_converter->info(), m_detail);
    for (const media::PacketPtr &unit : units)
        give(unit);
}

/// Times rise whatever the line does.
void UrlSound::give(const media::PacketPtr &packet)
{
    if (packet->pts > m_last) {
        m_last = packet->pts;
        return m_context.sound.write(packet);
    }
    auto later = std::make_shared<media::Packet>(*packet);
    later->pts = later->dts = ++m_last;
    m_context.sound.write(std::move(later));
}

} // namespace vedette::agent
