// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QHash>
#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::net {

/// GETs of bounded answers by libcurl, one after the other, over one connection that is kept between them. Redirects are
/// refused: an agent or a relay's playback never sends one elsewhere, and whoever does is not one. Name and password of the
/// URL are for Basic and Digest. Blocking; thread-bound, no thread of its own.
class HttpConnection {
public:
    struct Options {
        milliseconds connectTimeout{3'000};
        milliseconds silence{5'000};   ///< no byte for so long: Timeout. A relay answers a wrong password after 4 s
        milliseconds whole{15'000};    ///< for one answer
        QString caFile;                ///< empty: the system's store
        bool basicOnly = false;        ///< name and password go along at once, without being asked for
    };
    struct Answer {
        long status = 0;               ///< 200, 206 or 416
        QByteArray body;               ///< of 416 none
        QHash<QByteArray, QByteArray> headers; ///< names in lower case
        QByteArray header(const char *name) const { return headers.value(name); }
    };

    HttpConnection() : HttpConnection(Options{}) {}
    explicit HttpConnection(Options options);
    ~HttpConnection();

    /// range: "0-99", of which anything but 206 and 416 is Corrupt; empty: the whole, 200. Kinds: those of httpError() and
    /// curlError(), Timeout, Corrupt (longer than most, endless header), Cancelled. Errors do not name the URL.
    Result<Answer> get(const QString &url, std::int64_t most, std::stop_token stop, const QByteArray &range = {});

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
