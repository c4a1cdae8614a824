// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/decoder.h"
#include "core/media/packet_tee.h"

#include <memory>

namespace vedette::agent {

/// The newest picture of a stream that is passed through: decodes the cached group of pictures when asked, and next time
/// only what has come since. Main thread.
class StreamSnapshot {
public:
    /// Of a longer group only the key picture is decoded: the main thread must not be held up.
    static constexpr std::size_t kMaxPackets = 150;

    Result<media::Frame> newest(const media::PacketTee &tee);

private:
    std::unique_ptr<media::Decoder> m_decoder;
    media::PacketPtr m_last; ///< decoded last
    media::Frame m_frame;
};

} // namespace vedette::agent
