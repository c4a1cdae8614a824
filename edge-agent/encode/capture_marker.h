// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

namespace vedette::agent {

/// The packet with its capture stamp written into it as SEI, in place of any Vedette SEI that it had; VCL NAL units stay
/// bit-identical. A key picture without parameter sets gets those given (Annex B, may be empty) in front. Reentrant.
media::PacketPtr markPacket(const media::Packet &packet, const CaptureStamp &stamp, std::span<const std::uint8_t> parameterSets);

} // namespace vedette::agent
