// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_parser.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace vedette::net {
namespace {

constexpr std::size_t kCompactAt = 256U << 10;
constexpr char kTlsAlert = 0x15; // content type of a TLS record, RFC 8446, 5.1

/// Position after the blank line that ends the header; npos when it is not there yet.
std::size_t headerEnd(std::string_view text)
{
    text = text.substr(0, RtspParser::kMaxHeader + 4);
    const std::size_t crlf = text.find("\r\n\r\n");
    const std::size_t lf = text.find("\n\n");
    if (crlf == std::string_view::npos && lf == std::string_view::npos)
        return std::string_view::npos;
    return lf < crlf ? lf + 2 : crlf + 4;
}

} // namespace

QByteArray RtspResponse::header(const QByteArray &lowerCaseName) const
{
    const QList<QByteArray> values = all(lowerCaseName);
    return values.isEmpty() ? QByteArray() : values.first();
}

QList<QByteArray> RtspResponse::all(const QByteArray &lowerCaseName) const
{
    QList<QByteArray> values;
    for (const auto &[name, value] : headers) {
        if (name == lowerCaseName)
            values.append(value);
    }
    return values;
}

void RtspParser::consume(std::size_t size)
{
    m_at += size;
    if (m_at == m_buffer.size()) {
        m_buffer.clear();
        m_at = 0;
    } else if (m_at > kCompactAt) {
        m_buffer.erase(m_buffer.begin(), m_buffer.begin() + static_cast<std::ptrdiff_t>(m_at));
        m_at = 0;
    }
}

Result<std::optional<RtspParser::Item>> RtspParser::next()
{
    for (;;) {
        // Stray line ends between messages are allowed (RFC 2326, 4.1).
        while (buffered() > 0 && (m_buffer[m_at] == '\r' || m_buffer[m_at] == '\n'))
            consume(1);
        if (buffered() == 0)
            return std::nullopt;
        if (m_buffer[m_at] == '$')
            return nextFrame();
        bool skipped = false;
        auto message = nextMessage(skipped);
        if (!skipped)
            return message;
    }
}

Result<std::optional<RtspParser::Item>> RtspParser::nextFrame()
{
    if (buffered() < 4)
        return std::nullopt;
    const auto *head = reinterpret_cast<const unsigned char *>(m_buffer.data() + m_at);
    const std::size_t size = std::size_t{head[2]} << 8 | head[3];
    if (buffered() < 4 + size)
        return std::nullopt;
    InterleavedFrame frame{head[1], std::vector<std::uint8_t>(head + 4, head + 4 + size)};
    consume(4 + size);
    return Item(std::move(frame));
}

Result<std::optional<RtspParser::Item>> RtspParser::nextMessage(bool &skipped)
{
    const std::string_view text(m_buffer.data() + m_at, buffered());
    const std::size_t compared = std::min<std::size_t>(text.size(), 5);
    const bool response = text.substr(0, compared) == std::string_view("RTSP/").substr(0, compared);
    // A request of the server's own (ANNOUNCE, OPTIONS …) begins with capitals; a web page does not.
    const bool request = !response && std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(compared),
                                                  [](char c) { return (c >= 'A' && c <= 'Z') || c == '_' || c == ' '; });
    if (!response && !request) {
        if (text.front() == kTlsAlert)
            return fail(ErrorKind::Corrupt, QStringLiteral("the server expects TLS: the address begins with rtsps://"));
        return fail(ErrorKind::Corrupt, text.substr(0, 5) == "HTTP/" || text.front() == '<'
                                            ? QStringLiteral("the server answered with a web page instead of video")
                                            : QStringLiteral("the server's answer is not RTSP"));
    }
    const std::size_t end = headerEnd(text);
    if (end == std::string_view::npos) {
        if (text.starts_with("HTTP/"))
            return fail(ErrorKind::Corrupt, QStringLiteral("the server answered with a web page instead of video"));
        if (text.size() > kMaxHeader)
            return fail(ErrorKind::Corrupt, QStringLiteral("the header of the server's answer has no end"));
        return std::nullopt;
    }
    if (text.starts_with("HTTP/"))
        return fail(ErrorKind::Corrupt, QStringLiteral("the server answered with a web page instead of video"));
    if (end > kMaxHeader)
        return fail(ErrorKind::Corrupt, QStringLiteral("the header of the server's answer is too long"));

    const QList<QByteArray> lines = QByteArray(text.data(), static_cast<qsizetype>(end)).split('\n');
    RtspResponse message;
    const QList<QByteArray> first = lines.first().trimmed().split(' ');
    bool number = false;
    message.status = first.size() >= 2 ? first[1].toInt(&number) : 0;
    if (response && (!number || message.status < 100 || message.status > 599))
        return fail(ErrorKind::Corrupt, QStringLiteral("the status line of the server's answer makes no sense"));
    message.reason = first.mid(2).join(' ');
    for (qsizetype i = 1; i < lines.size(); ++i) {
        const qsizetype colon = lines[i].indexOf(':');
        if (colon > 0)
            message.headers.append({lines[i].left(colon).trimmed().toLower(), lines[i].mid(colon + 1).trimmed()});
    }
    bool lengthOk = true;
    const QByteArray lengthText = message.header("content-length");
    const std::size_t length = lengthText.isEmpty() ? 0 : lengthText.toULong(&lengthOk);
    if (!lengthOk || length > kMaxBody)
        return fail(ErrorKind::Corrupt, QStringLiteral("the length of the server's answer is wrong or over 64 KiB"));
    if (buffered() < end + length)
        return std::nullopt;
    message.body = QByteArray(text.data() + end, static_cast<qsizetype>(length));
    consume(end + length);
    skipped = request;
    return Item(std::move(message));
}

} // namespace vedette::net
