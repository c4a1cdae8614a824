// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_session.h"

namespace vedette::net {
namespace {

Error toError(const RtspResponse &response, bool hadCredentials, const QByteArray &method = {})
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
        if (method == "RECORD") // what was announced was taken: MediaMTX's answer to a second publisher
            return {ErrorKind::Unavailable, QStringLiteral("most often another publisher holds this path (%1)").arg(status), nullptr};
        if (method == "ANNOUNCE")
            return {ErrorKind::NotFound, QStringLiteral("the server takes no stream there (%1)").arg(status), nullptr};
        return {ErrorKind::NotFound, QStringLiteral("nobody sends this stream (%1)").arg(status), nullptr};
    case 461:
        return {ErrorKind::Unsupported, QStringLiteral("the server does not send this way (%1)").arg(status), nullptr};
    case 454:
        return {ErrorKind::Unavailable, QStringLiteral("the server has ended the session (%1)").arg(status), nullptr};
    default:
        return {ErrorKind::Unavailable, QStringLiteral("the server answered %1").arg(status), nullptr};
    }
}

} // namespace

RtspSession::RtspSession(std::unique_ptr<ByteStream> stream, RtspAuth auth, milliseconds timeout)
    : m_stream(std::move(stream)), m_auth(std::move(auth)), m_timeout(timeout), m_buffer(64U << 10)
{
}

RtspSession::~RtspSession()
{
    if (!m_session.isEmpty())
        (void)write("TEARDOWN", m_sessionUri, {}, {}, milliseconds{0}, {});
}

Status RtspSession::write(const QByteArray &method, const QByteArray &uri, const QByteArray &extraHeaders, const QByteArray &body,
                          milliseconds timeout, std::stop_token stop)
{
    QByteArray message = method + ' ' + uri + " RTSP/1.0\r\nCSeq: " + QByteArray::number(++m_sequence)
        + "\r\nUser-Agent: Vedette/" VEDETTE_VERSION "\r\n";
    if (!m_session.isEmpty())
        message += "Session: " + m_session + "\r\n";
    if (const QByteArray authorization = m_auth.header(method, uri); !authorization.isEmpty())
        message += "Authorization: " + authorization + "\r\n";
    if (!body.isEmpty())
        message += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    return m_stream->send(message + extraHeaders + "\r\n" + body, timeout, stop);
}

void RtspSession::setSession(const QByteArray &id, const QByteArray &uri, const QByteArray &keepAliveMethod)
{
    m_keepAliveMethod = keepAliveMethod;
    m_session = id;
    m_sessionUri = uri;
}

void RtspSession::addPorts(std::uint8_t channel, std::unique_ptr<UdpPorts> ports)
{
    for (const int descriptor : ports->descriptors())
        m_descriptors.push_back(descriptor);
    m_ports.push_back({channel, std::move(ports)});
}

Status RtspSession::keepAlive(std::stop_token stop)
{
    m_challenged = false;
    return write(m_keepAliveMethod, m_sessionUri, {}, {}, m_timeout, stop);
}

Status RtspSession::send(std::uint8_t channel, const QByteArray &data, std::stop_token stop)
{
    for (const Ports &ports : m_ports) {
        if (channel == ports.channel || channel == ports.channel + 1) {
            ports.udp->send(channel - ports.channel, data);
            return {};
        }
    }
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
        if (stop.stop_requested()) // a server that never pauses never lets us come to the wait below
            return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
        // Before the wait: TLS may hold decrypted bytes that poll() does not see.
        const Result<std::size_t> got = m_stream->receive(m_buffer.data(), m_buffer.size());
        if (!got)
            return fail(got.error());
        m_parser.feed(m_buffer.data(), *got);
        if (*got > 0)
            continue;
        if (const Result<bool> ready = m_stream->wait({}, left, stop); !ready)
            return fail(ready.error());
    }
}

Result<RtspResponse> RtspSession::request(const QByteArray &method, const QByteArray &uri, const QByteArray &extraHeaders, std::stop_token stop,
                                          const QByteArray &body)
{
    for (bool challenged = false;; challenged = true) {
        if (const Status sent = write(method, uri, extraHeaders, body, m_timeout, stop); !sent)
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
                continue; // provisional, or of an earlier request
            if (response.status == 401 && !challenged && m_auth.take(response.all("www-authenticate")))
                break;
            if (response.status >= 400)
                return fail(toError(response, m_auth.hasCredentials(), method));
            return response;
        }
    }
}

Status RtspSession::onAnswer(const RtspResponse &response, std::stop_token stop)
{
    m_answered = true;
    // A nonce is good for some time only.
    if (response.status == 401 && !m_challenged && m_auth.take(response.all("www-authenticate"))) {
        m_challenged = true;
        return write(m_keepAliveMethod, m_sessionUri, {}, {}, m_timeout, stop);
    }
    if (response.status == 401 || response.status == 403 || response.status == 454)
        return fail(toError(response, m_auth.hasCredentials()));
    if (response.status == 405 || response.status == 451 || response.status == 501)
        m_keepAliveMethod = "OPTIONS";
    return {};
}

std::optional<InterleavedFrame> RtspSession::nextDatagram()
{
    for (const Ports &ports : m_ports) {
        for (const int which : {UdpPorts::kRtp, UdpPorts::kRtcp}) {
            if (const auto size = ports.udp->receive(which, m_buffer))
                return InterleavedFrame{static_cast<std::uint8_t>(ports.channel + which),
                                        std::vector<std::uint8_t>(m_buffer.begin(), m_buffer.begin() + static_cast<std::ptrdiff_t>(*size))};
        }
    }
    return std::nullopt;
}

Result<std::optional<InterleavedFrame>> RtspSession::receive(milliseconds timeout, std::stop_token stop)
{
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (m_frames.empty()) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
        Result<std::optional<RtspParser::Item>> item = m_parser.next();
        if (!item)
            return fail(item.error());
        if (*item) {
            if (auto *frame = std::get_if<InterleavedFrame>(&**item))
                return std::move(*frame);
            if (const Status known = onAnswer(std::get<RtspResponse>(**item), stop); !known)
                return fail(known.error());
            continue;
        }
        if (auto datagram = nextDatagram())
            return datagram;
        const Result<std::size_t> got = m_stream->receive(m_buffer.data(), m_buffer.size());
        if (!got)
            return fail(got.error());
        m_parser.feed(m_buffer.data(), *got);
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return std::nullopt;
        if (*got > 0)
            continue;
        if (const Result<bool> ready = m_stream->wait(m_descriptors, left, stop); !ready)
            return fail(ready.error());
    }
    InterleavedFrame frame = std::move(m_frames.front());
    m_frames.pop_front();
    return frame;
}

Result<bool> RtspSession::drain(std::stop_token stop)
{
    for (;;) {
        const auto frame = receive(milliseconds{0}, stop);
        if (!frame)
            return fail(frame.error());
        if (!*frame)
            return std::exchange(m_answered, false);
    }
}

} // namespace vedette::net
