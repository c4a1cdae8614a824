// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <QByteArray>

namespace vedette::net {

/// Packets of JPEG files in the order in which they came. They have no times of their own but that of capture, so they are
/// presented as they arrive. Value type.
class JpegPackets {
public:
    /// captureTime: what X-Capture-Time says; when that is nothing, the file is asked.
    media::PacketPtr make(media::Bytes file, const QByteArray &captureTime, MonoTime arrival);

private:
    microseconds m_last{-1};
};

} // namespace vedette::net
