// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/http_bytes.h"

#include <QRegularExpression>

#include <algorithm>
#include <cstring>
#include <optional>

namespace vedette::net {
namespace {

/// "bytes 0-99/1234", "bytes 0-99/*" or "bytes */1234".
struct ContentRange {
    std::int64_t first = 0;
    std::int64_t last = -1;
    std::optional<std::int64_t> total;
};

std::optional<ContentRange> parseContentRange(const QByteArray &header)
{
    static const QRegularExpression pattern(QStringLiteral("^bytes (?:(\\d{1,18})-(\\d{1,18})|\\*)/(\\d{1,18}|\\*)$"));
    const auto match = pattern.match(QString::fromLatin1(header));
    if (!match.hasMatch())
        return std::nullopt;
    ContentRange range;
    if (!match.captured(1).isEmpty()) {
        range.first = match.captured(1).toLongLong();
        range.last = match.captured(2).toLongLong();
    }
    if (match.captured(3) != QLatin1String("*"))
        range.total = match.captured(3).toLongLong();
    return range;
}

tl::unexpected<Error> corrupt(const QString &sentence)
{
    return fail(ErrorKind::Corrupt, sentence);
}

} // namespace

Result<std::unique_ptr<HttpBytes>> HttpBytes::open(const QString &url, const QString &name, const HttpConnection::Options &options, std::stop_token stop)
{
    std::unique_ptr<HttpBytes> bytes(new HttpBytes(url, name, options));
    Status opened = bytes->fetch(0, kLeast, stop);
    if (opened && bytes->m_growing && bytes->m_size >= kLeast)
        opened = bytes->refresh(stop);
    if (!opened)
        return fail(opened.error());
    return bytes;
}

Status HttpBytes::refresh(std::stop_token stop)
{
    if (!m_growing)
        return {};
    // The end of it is what a reader wants next.
    return fetch(-kLeast, kLeast, stop);
}

Result<std::size_t> HttpBytes::read(std::int64_t offset, std::span<std::uint8_t> into, std::stop_token stop)
{
    if (into.empty() || offset < 0 || offset >= m_size)
        return 0U;
    const auto found = [this, offset] { return std::find_if(m_chunks.rbegin(), m_chunks.rend(), [offset](const Chunk &each) { return offset >= each.offset && offset < each.end(); }); };
    auto chunk = found();
    if (chunk == m_chunks.rend()) {
        m_ahead = offset == m_lastEnd ? std::min(m_ahead * 2, kMost) : kLeast;
        if (const Status fetched = fetch(offset, m_ahead, stop); !fetched)
            return fail(fetched.error());
        chunk = found();
        if (chunk == m_chunks.rend())
            return 0U; // it ends before
    }
    const auto count = std::min<std::int64_t>(chunk->end() - offset, static_cast<std::int64_t>(into.size()));
    std::memcpy(into.data(), chunk->bytes.constData() + (offset - chunk->offset), static_cast<std::size_t>(count));
    return static_cast<std::size_t>(count);
}

Status HttpBytes::fetch(std::int64_t first, std::int64_t count, const std::stop_token &stop)
{
    ++m_requests;
    const QByteArray range = first < 0 ? '-' + QByteArray::number(static_cast<qlonglong>(count))
                                       : QByteArray::number(static_cast<qlonglong>(first)) + '-' + QByteArray::number(static_cast<qlonglong>(first + count - 1));
    auto answer = m_connection.get(m_url, count, stop, range);
    if (!answer)
        return fail(error(answer.error()));
    if (const Status kept = keep(first, count, std::move(*answer)); !kept)
        return fail(error(kept.error()));
    return {};
}

Status HttpBytes::keep(std::int64_t first, std::int64_t count, HttpConnection::Answer answer)
{
    const auto range = parseContentRange(answer.header("content-range"));
    if (answer.status == 416) {
        if (range && range->total && !m_known)
            m_size = *range->total;
        return m_known || m_size == 0 ? Status() : Status(corrupt(QStringLiteral("the server has no byte %1 of %2").arg(first).arg(m_size)));
    }
    if (!range || range->last < range->first)
        return corrupt(QStringLiteral("the server does not say which bytes it answers with"));
    const bool asked = first < 0 ? range->last - range->first < count : range->first == first && range->last < first + count;
    if (!asked) {
        return corrupt(QStringLiteral("the server answers with bytes %1 to %2 where %3 were asked for")
                           .arg(range->first).arg(range->last).arg(first < 0 ? QStringLiteral("the last %1").arg(count) : QStringLiteral("%1 to %2").arg(first).arg(first + count - 1)));
    }
    const std::int64_t length = range->last - range->first + 1;
    if (answer.body.size() != length)
        return corrupt(QStringLiteral("the server announces %1 bytes and sends %2").arg(length).arg(answer.body.size()));
    if (const Status same = noteVersion(answer, range->last + 1, range->total); !same)
        return same;
    m_lastEnd = range->last + 1;
    m_chunks.push_back({range->first, std::move(answer.body)});
    if (m_chunks.size() > kKept)
        m_chunks.pop_front();
    return {};
}

/// Of a file that grows every answer may be another version, whose beginning is the same; of any other none may.
Status HttpBytes::noteVersion(const HttpConnection::Answer &answer, std::int64_t end, std::optional<std::int64_t> total)
{
    const bool open = answer.header("x-segment-open") == "1";
    if (!open && !total)
        return corrupt(QStringLiteral("the server does not say how long it is"));
    if (total && end > *total)
        return corrupt(QStringLiteral("the server answers with byte %1 of %2").arg(end - 1).arg(*total));
    const QByteArray etag = answer.header("etag");
    if (m_known && !m_growing && (open || etag != m_etag || *total != m_size))
        return fail(ErrorKind::Corrupt, QStringLiteral("it has changed while it was read"));
    if (m_known && m_growing && !open && *total < m_size)
        return fail(ErrorKind::Corrupt, QStringLiteral("it has become shorter while it was read"));
    m_known = true;
    m_growing = open;
    m_etag = etag;
    m_size = total ? *total : std::max(m_size, end);
    return {};
}

} // namespace vedette::net
