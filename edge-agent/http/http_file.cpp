// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/http/http_file.h"

#include "edge-agent/http/http_wire.h"

#include <algorithm>

#include <cerrno>
#include <limits>
#include <unistd.h>

namespace vedette::agent {
namespace {

constexpr std::int64_t kSlice = 128 << 10; ///< a few ms of a memory card, in which the worker serves nobody else

/// A part of an open file. HTTP worker, but for its construction.
class FileBody final : public HttpBody {
public:
    FileBody(int file, QByteArray contentType, ByteRange range)
        : m_file(file), m_contentType(std::move(contentType)), m_at(range.first), m_end(range.last + 1)
    {
    }
    ~FileBody() override { ::close(m_file); }
    FileBody(const FileBody &) = delete;
    FileBody &operator=(const FileBody &) = delete;

    QByteArray contentType() const override { return m_contentType; }
    QByteArray read() override
    {
        QByteArray bytes(std::min(kSlice, m_end - m_at), Qt::Uninitialized);
        ssize_t got = 0;
        do
            got = ::pread(m_file, bytes.data(), static_cast<std::size_t>(bytes.size()), m_at);
        while (got < 0 && errno == EINTR);
        if (got <= 0) {
            m_end = m_at; // an error, or the file was cut
            return {};
        }
        bytes.truncate(got);
        m_at += got;
        return bytes;
    }
    bool atEnd() const override { return m_at >= m_end; }
    void onReadable(std::function<void()>) override {} // always is

private:
    const int m_file;
    const QByteArray m_contentType;
    std::int64_t m_at;
    std::int64_t m_end;
};

std::optional<std::int64_t> position(const QByteArray &text)
{
    if (text.isEmpty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    bool fits = false;
    const qint64 value = text.toLongLong(&fits);
    return fits ? value : std::numeric_limits<std::int64_t>::max(); // no file has so many bytes
}

/// Whether a list of entity tags, or "*", holds that one. Ours hold no comma.
bool holds(const QByteArray &field, const QByteArray &etag, bool weak)
{
    const QList<QByteArray> tags = field.split(',');
    return std::any_of(tags.begin(), tags.end(), [&](const QByteArray &each) {
        const QByteArray tag = each.trimmed();
        return tag == "*" || tag == etag || (weak && tag == "W/" + etag);
    });
}

} // namespace

Result<std::optional<ByteRange>> parseRange(const QByteArray &header, std::int64_t size)
{
    const std::optional<ByteRange> whole;
    const qsizetype equals = header.indexOf('=');
    const qsizetype dash = header.indexOf('-', equals);
    if (equals < 0 || dash < 0 || header.left(equals).trimmed().toLower() != "bytes" || header.contains(','))
        return whole;
    const QByteArray from = header.mid(equals + 1, dash - equals - 1).trimmed();
    const QByteArray to = header.mid(dash + 1).trimmed();
    const auto first = position(from);
    const auto last = position(to);
    if ((!first && !from.isEmpty()) || (!last && !to.isEmpty()) || (!first && !last) || (first && last && *last < *first))
        return whole; // no range at all: ignored (14.2)
    const std::int64_t begin = first ? *first : size - std::min(*last, size);
    if (begin >= size)
        return fail(ErrorKind::InvalidInput, QStringLiteral("Range: there are only %1 bytes.").arg(size));
    return ByteRange{begin, first && last ? std::min(*last, size - 1) : size - 1};
}

std::optional<HttpResponse> preconditionResponse(const HttpRequest &request, const QByteArray &etag)
{
    const auto wanted = request.headers.constFind("if-match");
    const auto known = request.headers.constFind("if-none-match");
    HttpResponse response;
    if (wanted != request.headers.constEnd() && !holds(*wanted, etag, false)) {
        response = errorResponse(412, {ErrorKind::InvalidInput, QStringLiteral("If-Match: it is %1 now.").arg(QLatin1String(etag)), nullptr});
    } else if (known != request.headers.constEnd() && holds(*known, etag, true)) {
        response.status = 304;
    } else {
        return std::nullopt;
    }
    response.headers.insert("ETag", etag);
    return response;
}

HttpResponse fileResponse(const HttpRequest &request, const ServedFile &served)
{
    if (auto decided = preconditionResponse(request, served.etag)) {
        ::close(served.file);
        return *decided;
    }
    HttpResponse response;
    response.contentType = served.contentType;
    response.headers = served.headers;
    response.headers.insert("ETag", served.etag);
    response.headers.insert("Accept-Ranges", "bytes");
    // A range of another version would be mended with bytes of this one; dates are never ours (RFC 9110, 13.1.5).
    const QByteArray condition = request.headers.value("if-range");
    const bool ranged = request.method == "GET" && (condition.isEmpty() || condition == served.etag);
    const auto range = parseRange(ranged ? request.headers.value("range") : QByteArray(), served.size);
    if (!range) {
        ::close(served.file);
        HttpResponse refused = errorResponse(range.error());
        refused.status = 416;
        refused.headers.insert("Content-Range", "bytes */" + QByteArray::number(static_cast<qlonglong>(served.size)));
        return refused;
    }
    const ByteRange part = range->value_or(ByteRange{0, served.size - 1});
    if (*range) {
        response.status = 206;
        response.headers.insert("Content-Range", "bytes " + QByteArray::number(static_cast<qlonglong>(part.first)) + '-'
                                                     + QByteArray::number(static_cast<qlonglong>(part.last)) + '/'
                                                     + (served.growing ? QByteArray("*") : QByteArray::number(static_cast<qlonglong>(served.size))));
    }
    response.stream = std::make_shared<FileBody>(served.file, served.contentType, part);
    response.length = part.last - part.first + 1;
    return response;
}

} // namespace vedette::agent
