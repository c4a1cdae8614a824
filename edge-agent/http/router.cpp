// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/http/router.h"

#include <algorithm>

namespace vedette::agent {
namespace {

bool isParameter(const QString &segment)
{
    return segment.startsWith(QLatin1Char('{')) && segment.endsWith(QLatin1Char('}'));
}

QByteArrayList methodsOf(HttpPolicy policy)
{
    if (policy == HttpPolicy::Command)
        return {QByteArrayLiteral("POST")};
    return {QByteArrayLiteral("GET"), QByteArrayLiteral("HEAD")};
}

} // namespace

void Router::add(const QString &pattern, HttpPolicy policy, HttpAction action)
{
    const QStringList segments = pattern.mid(1).split(QLatin1Char('/'));
    const auto literals = std::count_if(segments.begin(), segments.end(), [](const QString &s) { return !isParameter(s); });
    const auto place = std::find_if(m_routes.begin(), m_routes.end(), [&](const Route &r) { return r.literals < literals; });
    m_routes.insert(place, Route{segments, literals, policy, std::move(action)});
}

bool Router::matches(const Route &route, const QStringList &segments, QHash<QString, QString> &parameters)
{
    if (route.segments.size() != segments.size())
        return false;
    for (qsizetype i = 0; i < segments.size(); ++i) {
        const QString &wanted = route.segments[i];
        if (!isParameter(wanted)) {
            if (wanted != segments[i])
                return false;
        } else if (segments[i].isEmpty()) {
            return false;
        } else {
            parameters.insert(wanted.mid(1, wanted.size() - 2), segments[i]);
        }
    }
    return true;
}

Router::Match Router::match(const QByteArray &method, const QStringList &segments) const
{
    Match found;
    for (const Route &route : m_routes) {
        QHash<QString, QString> parameters;
        if (!matches(route, segments, parameters))
            continue;
        const QByteArrayList methods = methodsOf(route.policy);
        for (const QByteArray &name : methods) {
            if (!found.allowed.contains(name))
                found.allowed.append(name);
        }
        if (!found.action && methods.contains(method)) {
            found.action = &route.action;
            found.policy = route.policy;
            found.parameters = parameters;
        }
    }
    return found;
}

} // namespace vedette::agent
