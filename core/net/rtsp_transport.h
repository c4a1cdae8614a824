// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <array>
#include <cstdint>
#include <optional>

namespace vedette::net {

/// What a server's Transport header (RFC 2326, 12.39) says of the way that was agreed on.
struct RtspTransport {
    std::optional<std::uint8_t> channel;  ///< interleaved: of RTP; RTCP is on the next
    std::array<int, 2> serverPorts{0, 0}; ///< UDP: where reports go; 0 unknown
};

QByteArray requestInterleaved(std::uint8_t channel);
QByteArray requestUdp(int firstPort);
/// What makes no sense counts as not said.
RtspTransport parseTransport(const QByteArray &header);

} // namespace vedette::net
