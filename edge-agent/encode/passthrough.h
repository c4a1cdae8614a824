// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet_tee.h"

#include <QString>

#include <atomic>
#include <memory>

namespace vedette::agent {

/// What stands in the encoder's place for a camera that encodes itself: marks each packet with its capture stamp and
/// hands it to the tee, from the first key picture on whose parameter sets are known. Used by the capture thread; the
/// questions by any.
class Passthrough {
public:
    explicit Passthrough(std::shared_ptr<media::PacketTee> tee) : m_tee(std::move(tee)) {}

    /// A source was opened.
    void begin(const media::StreamInfo &info);
    void write(const media::PacketPtr &packet);
    void setFramerate(double framerate);
    std::uint64_t count() const { return m_count; }
    std::uint64_t dropped() const { return m_dropped; } ///< before the first key picture
    /// Why what comes is not passed on; empty while it is, and before anything came.
    QString lacks() const;

private:
    enum class Lacks : std::uint8_t { Nothing, ParameterSets, KeyPicture };

    void take(media::Bytes parameterSets);
    void readSize();

    std::shared_ptr<media::PacketTee> m_tee;
    media::StreamInfo m_info;
    bool m_waitForKey = true;
    std::atomic<Lacks> m_lacks{Lacks::Nothing};
    std::atomic<std::uint64_t> m_count{0};
    std::atomic<std::uint64_t> m_dropped{0};
};

} // namespace vedette::agent
