// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::net {

/// The answer to one GET by libcurl, given out as it comes. Follows at most 5 redirects, only to http and https; name and
/// password of the URL are for Basic or Digest of the first host alone. No thread of its own: read() does all, on its
/// user's Worker, and ends at once when stop is requested.
class HttpStream {
public:
    static constexpr long kMaxRedirects = 5;

    struct Options {
        milliseconds openTimeout{5000};
        QString caFile; ///< empty: the system's store
    };
    /// Returns with the head of an answer 200. Kinds: those of httpError() and curlError(), Timeout, Corrupt (endless
    /// header), Cancelled. Errors do not name the URL.
    static Result<std::unique_ptr<HttpStream>> get(const QString &url, const Options &options, std::stop_token stop);
    ~HttpStream();

    /// In lower case, without parameters; empty when the server does not say.
    QByteArray mediaType() const;
    /// Empty when it is not there.
    QByteArray header(const char *name) const;
    /// At least one byte, or none at the answer's end. Timeout, Unavailable (broken off), Cancelled.
    Result<QByteArray> read(MonoTime deadline, const std::stop_token &stop);

private:
    HttpStream();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
