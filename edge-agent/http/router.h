// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/http/http_server.h"

#include <QByteArrayList>
#include <QStringList>

#include <variant>
#include <vector>

namespace vedette::agent {

using HttpAction = std::variant<HttpHandler, HttpBodyHandler, HttpLaterHandler>;

/// The table of routes. Filled before the server starts, then read-only and thus thread-safe.
class Router {
public:
    struct Match {
        const HttpAction *action = nullptr;
        HttpPolicy policy = HttpPolicy::Read;
        QHash<QString, QString> parameters;
        QByteArrayList allowed; ///< methods of this path; empty: no such path
    };

    /// pattern: "/live/{camera}/main.ts"; a brace segment matches any one non-empty segment, a literal one goes first.
    void add(const QString &pattern, HttpPolicy policy, HttpAction action);
    /// segments: of the path, percent-decoded one by one. action is null when nothing matches path and method.
    Match match(const QByteArray &method, const QStringList &segments) const;

private:
    struct Route {
        QStringList segments;
        qsizetype literals;
        HttpPolicy policy;
        HttpAction action;
    };
    static bool matches(const Route &route, const QStringList &segments, QHash<QString, QString> &parameters);

    std::vector<Route> m_routes; // most literal segments first
};

} // namespace vedette::agent
