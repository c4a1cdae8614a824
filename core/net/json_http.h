// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/secret.h"

#include <QByteArray>
#include <QObject>
#include <QUrl>

#include <functional>

class QNetworkAccessManager;

namespace vedette::net {

/// Small JSON requests by QNetworkAccessManager, on the owner's thread. Bodies above kMaxBody are refused.
/// Errors by kind: 400/422 InvalidInput, 401/403 Denied, 404 NotFound, time-out Timeout, refused or unreachable
/// Unavailable, not JSON Corrupt. Answers to a destroyed context are dropped.
class JsonHttp : public QObject {
public:
    explicit JsonHttp(QObject *parent = nullptr);
    static constexpr qint64 kMaxBody = 16 << 20;

    using Answer = std::function<void(const Result<QByteArray> &)>;
    void get(const QUrl &url, milliseconds timeout, QObject *context, Answer answer);
    /// bearer: a token that goes with it; empty: none.
    void post(const QUrl &url, const QByteArray &json, milliseconds timeout, QObject *context, Answer answer, const Secret &bearer = {});

private:
    QNetworkAccessManager *m_access;
};

} // namespace vedette::net
