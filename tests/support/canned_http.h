// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>
#include <QUrlQuery>

#include <functional>

namespace vedette::test {

/// An HTTP port that says exactly what a test wants: for answers that no real agent gives (malformed, late, of somebody
/// else). One answer a connection. Thread-bound.
class CannedHttp {
public:
    struct Request {
        QByteArray method;
        QString path;
        QUrlQuery query;
        QByteArray body;
        QByteArray header;    ///< all lines
    };
    struct Answer {
        QByteArray body;
        int status = 200;
        bool silent = false;  ///< says nothing and keeps the connection
        QByteArray raw;       ///< instead of everything else
        QByteArray headers;   ///< whole lines, "Location: …\r\n"
    };
    using Handler = std::function<Answer(const Request &)>;

    CannedHttp()
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket *socket = m_server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] { read(*socket); });
        });
    }

    void on(const QString &path, Handler handler) { m_handlers.insert(path, std::move(handler)); }
    void on(const QString &path, const Answer &answer)
    {
        on(path, [answer](const Request &) { return answer; });
    }
    void forget(const QString &path) { m_handlers.remove(path); }
    quint16 port() const { return m_port; }
    QUrl url(const QString &path = {}) const { return QUrl(QStringLiteral("http://127.0.0.1:%1%2").arg(m_port).arg(path)); }
    /// Nobody listens; later again on the same port.
    void setUp(bool up)
    {
        if (up)
            m_server.listen(QHostAddress::LocalHost, m_port);
        else
            m_server.close();
    }
    int count(const QString &path) const { return m_counts.value(path); }
    const QList<Request> &requests() const { return m_requests; }

private:
    void read(QTcpSocket &socket)
    {
        QByteArray &bytes = m_bytes[&socket];
        bytes += socket.readAll();
        const qsizetype end = bytes.indexOf("\r\n\r\n");
        if (end < 0)
            return;
        const QByteArray header = bytes.left(end);
        qsizetype length = 0;
        for (const QByteArray &line : header.split('\n'))
            if (line.toLower().startsWith("content-length:"))
                length = line.mid(15).trimmed().toLongLong();
        if (bytes.size() < end + 4 + length)
            return;
        const QList<QByteArray> words = header.left(header.indexOf("\r\n")).split(' ');
        const QUrl url = QUrl::fromEncoded(words.value(1));
        const Request request{words.value(0), url.path(), QUrlQuery(url), bytes.mid(end + 4), header};
        m_bytes.remove(&socket);
        m_requests.append(request);
        ++m_counts[request.path];
        const auto handler = m_handlers.constFind(request.path);
        answer(socket, handler == m_handlers.constEnd() ? Answer{"{\"error\":{\"kind\":\"not_found\",\"detail\":\"no such path\"}}", 404}
                                                        : (*handler)(request));
    }
    static void answer(QTcpSocket &socket, const Answer &answer)
    {
        if (answer.silent)
            return;
        if (!answer.raw.isEmpty()) {
            socket.write(answer.raw);
        } else {
            socket.write("HTTP/1.1 " + QByteArray::number(answer.status) + " Canned\r\nContent-Type: application/json\r\n"
                         "Connection: close\r\nContent-Length: " + QByteArray::number(answer.body.size()) + "\r\n"
                         + answer.headers + "\r\n" + answer.body);
        }
        socket.disconnectFromHost();
    }

    QTcpServer m_server;
    const quint16 m_port = [this] {
        m_server.listen(QHostAddress::LocalHost);
        return m_server.serverPort();
    }();
    QHash<QString, Handler> m_handlers;
    QHash<QTcpSocket *, QByteArray> m_bytes;
    QHash<QString, int> m_counts;
    QList<Request> m_requests;
};

} // namespace vedette::test
