// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <vector>

namespace vedette::net {

/// One part of a multipart body (RFC 2046, 5.1).
struct MultipartPart {
    QByteArray contentType; ///< as the server wrote it; these three are empty when it did not
    QByteArray captureTime; ///< X-Capture-Time
    QByteArray contentLength;
    std::vector<std::uint8_t> body;
};

/// Cuts the JPEG parts out of multipart/x-mixed-replace in any pieces, as cameras really send it: boundaries quoted or
/// not, with the dashes already in them or said nowhere; lengths missing or wrong; line ends of one byte. Parts that are
/// no JPEG are left out. Memory is bounded by kMaxPart. Pure; reentrant.
class MultipartParser {
public:
    static constexpr std::size_t kMaxPreamble = 64U << 10;
    static constexpr std::size_t kMaxHeader = 16U << 10;
    static constexpr std::size_t kMaxPart = 32U << 20; ///< an 8K JPEG

    /// contentType: of the whole, with its boundary.
    explicit MultipartParser(const QByteArray &contentType);

    void feed(const char *data, std::size_t size);
    /// Empty when more bytes are needed; Corrupt when this is no such body: it is of no further use.
    Result<std::optional<MultipartPart>> next();

private:
    enum class State : std::uint8_t { Between, Header, Sized, Unsized };
    enum class Step : std::uint8_t { NeedMore, Again, Part };

    Result<Step> findDelimiter();
    Result<Step> readHeader();
    Result<Step> readSized();
    Result<Step> readUnsized();
    std::optional<QByteArray> takeLine();
    bool isDelimiter(const QByteArray &line);
    void beginBody();
    Step finishBody(std::size_t size);
    std::optional<std::size_t> delimiterAfter(std::size_t from, std::size_t to) const;
    std::size_t available() const { return m_buffer.size() - m_at; }

    std::vector<std::uint8_t> m_buffer;
    std::size_t m_at = 0;
    std::size_t m_scanned = 0;  ///< bytes after m_at without a line's end or delimiter
    State m_state = State::Between;
    QByteArray m_boundary;      ///< as announced; may be empty or wrong
    QByteArray m_delimiter;     ///< the line that begins a part; empty before the first
    std::size_t m_skipped = 0;  ///< bytes since the last part
    std::size_t m_headerBytes = 0;
    std::size_t m_length = 0;
    MultipartPart m_part;
};

} // namespace vedette::net
