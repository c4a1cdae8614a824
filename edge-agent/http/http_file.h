// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/http/http_server.h"

namespace vedette::agent {

/// A part of a representation, both ends included: RFC 9110, 14.1.
struct ByteRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
    bool operator==(const ByteRange &) const = default;
};

/// What a Range header asks for of size bytes: RFC 9110, 14.1.2 and 14.2. Empty: the whole is the answer, because nothing is
/// asked for, or several ranges, or in another way than this. InvalidInput where no such byte exists: 416.
Result<std::optional<ByteRange>> parseRange(const QByteArray &header, std::int64_t size);

/// A file that is served. Value type.
struct ServedFile {
    int file = -1;             ///< an open descriptor; the answer owns and closes it
    std::int64_t size = 0;     ///< bytes to be served from its beginning on
    bool growing = false;      ///< more will follow, so that the whole length is unknown
    QByteArray etag;           ///< with its quotes; another one whenever a byte differs (RFC 9110, 8.8.3)
    QByteArray contentType;
    QHash<QByteArray, QByteArray> headers;
};

/// 304 or 412 where If-Match or If-None-Match decides against an answer of that ETag: RFC 9110, 13.1.1 and 13.1.2. Reentrant.
std::optional<HttpResponse> preconditionResponse(const HttpRequest &request, const QByteArray &etag);

/// Answers GET and HEAD by If-Match, If-None-Match, Range and If-Range: 200, 206, 304, 412 or 416. The file is read in slices
/// on the HTTP worker as the client takes them; where it cannot be read on, the connection ends. Reentrant.
HttpResponse fileResponse(const HttpRequest &request, const ServedFile &served);

} // namespace vedette::agent
