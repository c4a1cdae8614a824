// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/http/http_server.h"

#include <QStringList>

#include <optional>

namespace vedette::agent {

/// The target of a request line, taken apart. Value.
struct HttpTarget {
    QString path;            ///< decoded, for messages
    QStringList segments;    ///< split at '/', then percent-decoded one by one
    QHash<QString, QString> query;
};
/// Empty for what is no origin-form target: no leading '/', a broken percent escape, a NUL, or text that is not UTF-8.
std::optional<HttpTarget> parseTarget(const QByteArray &target);

/// True for "localhost", 127.0.0.0/8 and "[::1]", each with or without a port.
bool isLoopbackHost(const QByteArray &host);
/// "application/json" with any parameters.
bool isJson(const QByteArray &contentType);

/// {"error":{"kind":…,"detail":…}} with a status that the kind alone does not give.
HttpResponse errorResponse(int status, const Error &error);

struct HttpHead {
    int status = 200;
    QByteArray contentType;
    QHash<QByteArray, QByteArray> headers;
    std::optional<qint64> length; ///< empty: unknown, so chunked or up to the end of the connection
    bool chunked = false;
    bool keepAlive = true;
};
/// Status line and header fields with the empty line after them.
QByteArray serialize(const HttpHead &head);
/// One chunk of a chunked body (RFC 9112, 7.1); no bytes give the last chunk.
QByteArray chunk(const QByteArray &bytes);

} // namespace vedette::agent
