// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/aac_converter.h"
#include "edge-agent/capture/source_factory.h"

namespace vedette::agent {

/// The sound of a network camera on its way to the tee: AAC untouched, everything else made AAC-LC, on the time line of the
/// pictures. What is wrong with it is said and never concerns them. One for each connection; capture thread.
class UrlSound {
public:
    explicit UrlSound(const SourceContext &context) : m_context(context) {}

    /// What the camera offers; why: where it offers nothing.
    void announce(const std::optional<media::AudioInfo> &offered, const QString &why);
    /// captured: where the line of the pictures puts it; empty before the first.
    void write(const media::Packet &packet, std::optional<MonoTime> captured);
    bool isAnnounced(const std::optional<media::AudioInfo> &offered) const { return m_announced && m_offered == offered; }

private:
    void tell(const std::optional<media::AudioInfo> &audio, const QString &detail);
    void give(const media::PacketPtr &packet);

    const SourceContext m_context;
    bool m_announced = false;
    std::optional<media::AudioInfo> m_offered;
    std::unique_ptr<media::AacConverter> m_converter; ///< null: AAC, or none that can be taken
    std::optional<media::AudioInfo> m_told;
    QString m_detail;
    microseconds m_last{microseconds::min()};
};

} // namespace vedette::agent
