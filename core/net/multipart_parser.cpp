// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/multipart_parser.h"

#include <QList>
#include <QString>

#include <algorithm>
#include <span>
#include <utility>

namespace vedette::net {
namespace {

constexpr qsizetype kMaxBoundary = 200; // RFC 2046 allows 70

/// The parameter boundary of a Content-Type, quoted or not.
QByteArray boundaryOf(const QByteArray &contentType)
{
    const qsizetype name = contentType.toLower().indexOf("boundary");
    if (name < 0)
        return {};
    QByteArray rest = contentType.mid(name + 8).trimmed();
    if (!rest.startsWith('='))
        return {};
    rest = rest.mid(1).trimmed();
    if (!rest.startsWith('"'))
        return rest.split(';').constFirst().trimmed().left(kMaxBoundary);
    QByteArray value;
    for (qsizetype i = 1; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size())
            ++i;
        value += rest[i];
    }
    return value.trimmed().left(kMaxBoundary);
}

QByteArray withoutClosing(const QByteArray &line)
{
    return line.endsWith("--") ? line.chopped(2) : line;
}

bool endsLikeJpeg(std::span<const std::uint8_t> body)
{
    // Some cameras fill up with zeros or line ends.
    std::size_t size = body.size();
    while (size > 0 && (body[size - 1] == 0 || body[size - 1] == '\r' || body[size - 1] == '\n'))
        --size;
    return size >= 2 && body[size - 2] == 0xff && body[size - 1] == 0xd9;
}

auto corrupt(const QString &what)
{
    return fail(ErrorKind::Corrupt, what);
}

} // namespace

MultipartParser::MultipartParser(const QByteArray &contentType) : m_boundary(boundaryOf(contentType.left(4096))) {}

void MultipartParser::feed(const char *data, std::size_t size)
{
    m_buffer.erase(m_buffer.begin(), m_buffer.begin() + static_cast<std::ptrdiff_t>(m_at));
    m_at = 0;
    m_buffer.insert(m_buffer.end(), data, data + size);
}

Result<std::optional<MultipartPart>> MultipartParser::next()
{
    for (;;) {
        Result<Step> step = Step::NeedMore;
        switch (m_state) {
        case State::Between: step = findDelimiter(); break;
        case State::Header: step = readHeader(); break;
        case State::Sized: step = readSized(); break;
        case State::Unsized: step = readUnsized(); break;
        }
        if (!step)
            return fail(step.error());
        if (*step == Step::NeedMore)
            return std::optional<MultipartPart>();
        if (*step == Step::Part)
            return std::optional(std::exchange(m_part, MultipartPart{}));
    }
}

/// Without its end, CRLF or LF.
std::optional<QByteArray> MultipartParser::takeLine()
{
    const auto begin = m_buffer.begin() + static_cast<std::ptrdiff_t>(m_at);
    const auto end = std::find(begin + static_cast<std::ptrdiff_t>(m_scanned), m_buffer.end(), '\n');
    m_scanned = static_cast<std::size_t>(end - begin);
    if (end == m_buffer.end())
        return std::nullopt;
    QByteArray line(reinterpret_cast<const char *>(m_buffer.data() + m_at), static_cast<qsizetype>(std::min(m_scanned, kMaxHeader)));
    m_at += m_scanned + 1;
    m_scanned = 0;
    if (line.endsWith('\r'))
        line.chop(1);
    return line;
}

bool MultipartParser::isDelimiter(const QByteArray &line)
{
    const QByteArray bare = withoutClosing(line.trimmed());
    if (!m_delimiter.isEmpty())
        return bare == m_delimiter;
    // Cameras announce one boundary and send another, or none; nobody sends text before the first.
    const bool dashes = bare.size() > 2 && bare.size() <= kMaxBoundary && bare.startsWith("--");
    if (dashes || (!bare.isEmpty() && bare == m_boundary))
        m_delimiter = bare;
    return !m_delimiter.isEmpty();
}

Result<MultipartParser::Step> MultipartParser::findDelimiter()
{
    const std::size_t limit = m_delimiter.isEmpty() ? kMaxPreamble : kMaxPart;
    const std::size_t before = m_at;
    const auto line = takeLine();
    if (!line) {
        if (m_skipped + available() > limit)
            return corrupt(QStringLiteral("no picture begins in the stream"));
        return Step::NeedMore;
    }
    m_skipped += m_at - before;
    if (isDelimiter(*line)) {
        m_state = State::Header;
        m_headerBytes = 0;
        m_part = {};
    } else if (m_skipped > limit) {
        return corrupt(QStringLiteral("no picture begins in the stream"));
    }
    return Step::Again;
}

Result<MultipartParser::Step> MultipartParser::readHeader()
{
    const std::size_t before = m_at;
    const auto line = takeLine();
    m_headerBytes += m_at - before;
    if (m_headerBytes + (line ? 0 : available()) > kMaxHeader)
        return corrupt(QStringLiteral("the header of a picture does not end"));
    if (!line)
        return Step::NeedMore;
    if (line->trimmed().isEmpty()) {
        beginBody();
        return Step::Again;
    }
    const qsizetype colon = line->indexOf(':');
    const QByteArray name = line->left(std::max<qsizetype>(colon, 0)).trimmed().toLower();
    const QByteArray value = colon < 0 ? QByteArray() : line->mid(colon + 1).trimmed();
    if (name == "content-type")
        m_part.contentType = value;
    else if (name == "content-length")
        m_part.contentLength = value;
    else if (name == "x-capture-time")
        m_part.captureTime = value;
    else if (isDelimiter(*line))
        m_part = {}; // an empty part, or a closing delimiter and a new beginning
    return Step::Again;
}

void MultipartParser::beginBody()
{
    bool number = false;
    const qulonglong length = m_part.contentLength.toULongLong(&number);
    m_length = number && length <= kMaxPart ? static_cast<std::size_t>(length) : 0;
    m_state = m_length > 0 ? State::Sized : State::Unsized;
    m_scanned = 0;
}

Result<MultipartParser::Step> MultipartParser::readSized()
{
    while (available() > 0 && (m_buffer[m_at] == '\r' || m_buffer[m_at] == '\n')) // line ends too many after the header
        ++m_at;
    if (available() < m_length)
        return Step::NeedMore;
    std::size_t size = m_length;
    if (!endsLikeJpeg(std::span(m_buffer).subspan(m_at, size))) {
        // The length may be wrong: then the next part begins inside.
        if (const auto delimiter = delimiterAfter(m_at, m_at + size))
            size = *delimiter - m_at;
    }
    return finishBody(size);
}

Result<MultipartParser::Step> MultipartParser::readUnsized()
{
    if (const auto delimiter = delimiterAfter(m_at + m_scanned, m_buffer.size()))
        return finishBody(*delimiter - m_at);
    if (available() > kMaxPart)
        return corrupt(QStringLiteral("a picture does not end"));
    const auto tail = static_cast<std::size_t>(m_delimiter.size()) + 4;
    m_scanned = available() > tail ? available() - tail : 0;
    return Step::NeedMore;
}

/// Where a delimiter begins at the start of a line or right behind a picture.
std::optional<std::size_t> MultipartParser::delimiterAfter(std::size_t from, std::size_t to) const
{
    const auto end = m_buffer.begin() + static_cast<std::ptrdiff_t>(to);
    auto at = m_buffer.begin() + static_cast<std::ptrdiff_t>(from);
    for (;; ++at) {
        at = std::search(at, end, m_delimiter.begin(), m_delimiter.end(),
                         [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
        if (at == end)
            return std::nullopt;
        const auto place = static_cast<std::size_t>(at - m_buffer.begin());
        const std::uint8_t before = place > m_at ? m_buffer[place - 1] : '\n';
        if (before == '\n' || before == 0xd9)
            return place;
    }
}

MultipartParser::Step MultipartParser::finishBody(std::size_t size)
{
    std::span<const std::uint8_t> body = std::span(m_buffer).subspan(m_at, size);
    m_at += size;
    m_scanned = 0;
    m_state = State::Between;
    const std::uint8_t start[]{0xff, 0xd8};
    const std::size_t lead = std::min<std::size_t>(body.size(), 8); // line ends, as above
    const auto found = std::search(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(lead), std::begin(start), std::end(start));
    if (found == body.begin() + static_cast<std::ptrdiff_t>(lead)) {
        m_skipped += size;
        return Step::Again;
    }
    m_skipped = 0;
    m_part.body.assign(found, body.end());
    return Step::Part;
}

} // namespace vedette::net
