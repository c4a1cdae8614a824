// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_transport.h"

#include <QList>

namespace vedette::net {
namespace {

QByteArray pair(int first)
{
    return QByteArray::number(first) + '-' + QByteArray::number(first + 1);
}

/// "5000-5001" or "5000"; empty when it is out of range.
std::optional<std::array<int, 2>> parsePair(const QByteArray &text, int highest)
{
    const QList<QByteArray> numbers = text.split('-');
    bool firstOk = false;
    bool secondOk = numbers.size() < 2;
    const int first = numbers[0].toInt(&firstOk);
    const int second = numbers.size() < 2 ? first + 1 : numbers[1].toInt(&secondOk);
    if (!firstOk || !secondOk || first < 0 || second < 0 || first > highest || second > highest)
        return std::nullopt;
    return std::array{first, second};
}

} // namespace

QByteArray requestInterleaved(std::uint8_t channel)
{
    return "RTP/AVP/TCP;unicast;interleaved=" + pair(channel);
}

QByteArray requestUdp(int firstPort)
{
    return "RTP/AVP;unicast;client_port=" + pair(firstPort);
}

RtspTransport parseTransport(const QByteArray &header)
{
    RtspTransport transport;
    for (const QByteArray &raw : header.split(';')) {
        const QByteArray part = raw.trimmed().toLower();
        const QByteArray value = part.mid(part.indexOf('=') + 1).trimmed();
        if (part.startsWith("interleaved=")) {
            if (const auto channels = parsePair(value, 255); channels && (*channels)[1] == (*channels)[0] + 1)
                transport.channel = static_cast<std::uint8_t>((*channels)[0]);
        } else if (part.startsWith("server_port=")) {
            transport.serverPorts = parsePair(value, 65'535).value_or(transport.serverPorts);
        }
    }
    return transport;
}

} // namespace vedette::net
