// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_session.h"

namespace vedette::net {
namespace {

Error toError(const RtspResponse &response, bool hadCredentials)
{
    const QString status = QStringLiteral("%1 %2").arg(response.status).arg(QString::fromUtf8(response.reason.left(80)));
    switch (response.status) {
    case 401:
    case 403:
    case 407:
        return {ErrorKind::Denied,
                hadCredentials ? QStringLiteral("the user name or password was refused (%1)").arg(status)
                               : QStringLiteral("a user name and password are needed (%1)").arg(status),
                nullptr};
    case 400: // MediaMTX: a path that is not configured
    case 404:
        return {ErrorKind::NotFound, QStringLiteral("nobody sends this stream (%1)").arg(status), nullptr};
    case 461:
        return {ErrorKind::Unsupported, QStringLiteral("the server does not send over TCP (%1)").arg(status), nullptr};
    default:
        return {ErrorKind::Unavailable, QStringLiteral("the server answered %1").arg(status), nullptr};
    }
}

} // namespace

RtspSession::RtspSession(std::unique_ptr<ByteStream> stream, QUrl url, RtspAuth auth, milliseconds timeout)
    : m_stream(std::move(stream)), m_url(std::move(url)), m_auth(std::move(auth)), m_timeout(timeout), m_buffer(64U << 10)
{
}

Status RtspSession::write(const QByteArray &method, const QByteArray &uri, const QByteArray &extraHeaders, const QByteArray &body, std::stop_token stop)
{
    QByteArray message = method + ' ' + uri + " RTSP/1.0\r\nCSeq: " + QByteArray::number(++m_sequence)
        + "\r\nUser-Agent: Vedette/" VEDETTE_VERSION "\r\n";
    if (!m_session.isEmpty())
        message += "Session: " + m_session + "\r\n";
    if (const QByteArray authorization = m_auth.header(method, uri); !authorization.isEmpty())
        message += "Authorization: " + authorization + "\r\n";
    if (!body.isEmpty())
        message += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    return m_stream->send(message + extraHeaders + "\r\n" + body, m_timeout, stop);
}

Status RtspSession::post(const QByteArray &method, const QByteArray &uri, std::stop_token stop)
{
    return write(method, uri, {}, {}, stop);
}

Status RtspSession::sendFrame(std::uint8_t channel, const QByteArray &data, std::stop_token stop)
{
    QByteArray frame;
    appendFrame(frame, channel, data);
    return sendFrames(frame, stop);
}

Status RtspSession::sendFrames(const QByteArray &frames, std::stop_token stop)
{
    return m_stream->send(frames, m_timeout, stop);
}

void RtspSession::appendFrame(QByteArray &frames, std::uint8_t channel, const QByteArray &data)
{
    frames += '$';
    frames += static_cast<char>(channel);
    frames += static_cast<char>(data.size() >> 8);
    frames += static_cast<char>(data.size() & 0xff);
    frames += data;
}

Result<RtspParser::Item> RtspSession::nextItem(std::chrono::steady_clock::time_point deadline, std::stop_token stop)
{
    for (;;) {
        Result<std::optional<RtspParser::Item>> item = m_parser.next();
        if (!item)
            return fail(item.error());
        if (*item)
            return std::move(**item);
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
        // The deadline is for a whole item: a server that trickles bytes does not hold us for ever.
        if (left.count() <= 0)
            return fail(ErrorKind::Timeout, QStringLiteral("the server does not answer in time"));
        const Result<std::size_t> got = m_stream->receive(m_buffer.data(), m_buffer.size(), left, stop);
        if (!got)
            return fail(got.error());
        m_parser.feed(m_buffer.data(), *got);
    }
}

Result<RtspResponse> RtspSession::request(const QByteArray &method, const QByteArray &uri, const QByteArray &extraHeaders, std::stop_token stop,
                                          const QByteArray &body)
{
    for (bool challenged = false;; challenged = true) {
        if (const Status sent = write(method, uri, extraHeaders, body, stop); !sent)
            return fail(sent.error());
        const auto deadline = std::chrono::steady_clock::now() + m_timeout;
        for (;;) {
            Result<RtspParser::Item> item = nextItem(deadline, stop);
            if (!item)
                return fail(item.error());
            if (auto *frame = std::get_if<InterleavedFrame>(&*item)) {
                m_frames.push_back(std::move(*frame));
                if (m_frames.size() > kMaxKeptFrames)
                    m_frames.pop_front();
                continue;
            }
            RtspResponse response = std::get<RtspResponse>(std::move(*item));
            if (response.status < 200 || response.header("cseq").toInt() != m_sequence)
                continue; // provisional, or the answer to a post()
            if (response.status == 401 && !challenged && m_auth.take(response.all("www-authenticate")))
                break;
            if (response.status >= 400)
                return fail(toError(response, m_auth.hasCredentials()));
            return response;
        }
    }
}

Result<InterleavedFrame> RtspSession::receive(milliseconds timeout, std::stop_token stop)
{
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (m_frames.empty()) {
        Result<RtspParser::Item> item = nextItem(deadline, stop);
        if (!item)
            return fail(item.error());
        if (auto *frame = std::get_if<InterleavedFrame>(&*item))
            return std::move(*frame);
        if (const Status lives = survives(std::get<RtspResponse>(*item)); !lives)
            return fail(lives.error());
    }
    InterleavedFrame frame = std::move(m_frames.front());
    m_frames.pop_front();
    return frame;
}

Status RtspSession::survives(const RtspResponse &response) const
{
    if (response.status == 401 || response.status == 403 || response.status == 454)
        return fail(toError(response, m_auth.hasCredentials()));
    return {};
}

Result<bool> RtspSession::drain(std::stop_token stop)
{
    bool answered = false;
    for (;;) {
        Result<std::optional<RtspParser::Item>> item = m_parser.next();
        if (!item)
            return fail(item.error());
        if (*item) {
            if (const auto *response = std::get_if<RtspResponse>(&**item)) {
                if (const Status lives = survives(*response); !lives)
                    return fail(lives.error());
                answered = true;
            }
            continue;
        }
        const Result<std::size_t> got = m_stream->receive(m_buffer.data(), m_buffer.size(), milliseconds{0}, stop);
        if (!got && got.error().kind == ErrorKind::Timeout)
            return answered;
        if (!got)
            return fail(got.error());
        m_parser.feed(m_buffer.data(), *got);
    }
}

} // namespace vedette::net
