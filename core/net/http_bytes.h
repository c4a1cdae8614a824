// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/byte_source.h"
#include "core/net/http_connection.h"

#include <deque>

namespace vedette::net {

/// A file on an HTTP server that gives byte ranges (RFC 9110, 14), read ahead in steps that double while reading goes on
/// in order, so that a seek costs one request of kLeast. Every answer is checked against what was asked for and what came
/// before; a server that gives other bytes, another version or a body that is too short or too long is told as Corrupt.
/// Thread-bound.
class HttpBytes final : public media::ByteSource {
public:
    static constexpr std::int64_t kLeast = 128 << 10;  ///< bytes of one request
    static constexpr std::int64_t kMost = 1 << 20;
    static constexpr std::size_t kKept = 6;            ///< answers that are kept

    /// url may hold credentials. name: for errors, which begin with it. A file is taken to grow while its answers say
    /// "X-Segment-Open: 1" and give no length (docs/api.md).
    static Result<std::unique_ptr<HttpBytes>> open(const QString &url, const QString &name, const HttpConnection::Options &options, std::stop_token stop);

    std::int64_t size() const override { return m_size; }
    bool growing() const override { return m_growing; }
    Status refresh(std::stop_token stop) override;
    Result<std::size_t> read(std::int64_t offset, std::span<std::uint8_t> into, std::stop_token stop) override;
    /// Requests made so far, for figures.
    std::uint64_t requests() const { return m_requests; }

private:
    struct Chunk {
        std::int64_t offset = 0;
        QByteArray bytes;
        std::int64_t end() const { return offset + bytes.size(); }
    };

    HttpBytes(QString url, QString name, const HttpConnection::Options &options) : m_url(std::move(url)), m_name(std::move(name)), m_connection(options) {}
    /// first < 0: the last so many bytes.
    Status fetch(std::int64_t first, std::int64_t count, const std::stop_token &stop);
    Status keep(std::int64_t first, std::int64_t count, HttpConnection::Answer answer);
    Status noteVersion(const HttpConnection::Answer &answer, std::int64_t end, std::optional<std::int64_t> total);
    Error error(const Error &cause) const { return cause.kind == ErrorKind::Cancelled ? cause : cause.wrap(m_name); }

    const QString m_url;
    const QString m_name;
    HttpConnection m_connection;
    std::deque<Chunk> m_chunks;   ///< newest last
    std::int64_t m_size = 0;
    bool m_growing = false;
    bool m_known = false;         ///< an answer has come
    QByteArray m_etag;
    std::int64_t m_ahead = kLeast;
    std::int64_t m_lastEnd = 0;   ///< of the last request
    std::uint64_t m_requests = 0;
};

} // namespace vedette::net
