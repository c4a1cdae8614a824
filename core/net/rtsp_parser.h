// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QList>

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace vedette::net {

/// An RTSP 1.0 response (RFC 2326, 7).
struct RtspResponse {
    int status = 0;
    QByteArray reason;
    QList<std::pair<QByteArray, QByteArray>> headers; ///< names in lower case, in order
    QByteArray body;
    /// First value of the header; empty when absent.
    QByteArray header(const QByteArray &lowerCaseName) const;
    QList<QByteArray> all(const QByteArray &lowerCaseName) const;
};

/// Binary data between messages (RFC 2326, 10.12).
struct InterleavedFrame {
    std::uint8_t channel = 0;
    std::vector<std::uint8_t> data;
};

/// Cuts the bytes of an RTSP connection into responses and interleaved frames, in any pieces they arrive. Requests from
/// the server are answered by nobody and skipped. Pure; reentrant.
class RtspParser {
public:
    static constexpr std::size_t kMaxHeader = 16U << 10;
    static constexpr std::size_t kMaxBody = 64U << 10;

    using Item = std::variant<RtspResponse, InterleavedFrame>;

    void feed(const char *data, std::size_t size) { m_buffer.insert(m_buffer.end(), data, data + size); }
    /// The next whole item; empty when more bytes are needed. Corrupt when it is not RTSP (for example an HTML page) or
    /// over a limit: the connection is of no further use.
    Result<std::optional<Item>> next();
    std::size_t buffered() const { return m_buffer.size() - m_at; }

private:
    Result<std::optional<Item>> nextFrame();
    /// skipped: it was a request of the server's own.
    Result<std::optional<Item>> nextMessage(bool &skipped);
    void consume(std::size_t size);

    std::vector<char> m_buffer;
    std::size_t m_at = 0;
};

} // namespace vedette::net
