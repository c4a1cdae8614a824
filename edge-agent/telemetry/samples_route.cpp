// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/samples_route.h"

#include "core/protocol/routes.h"
#include "core/protocol/sample.h"
#include "edge-agent/http/http_server.h"
#include "edge-agent/spool/spool.h"

#include <algorithm>

namespace vedette::agent {
namespace {

Result<std::uint64_t> number(const HttpRequest &request, const QString &name, std::uint64_t fallback, std::uint64_t low, std::uint64_t high)
{
    const auto found = request.query.constFind(name);
    if (found == request.query.constEnd())
        return fallback;
    bool ok = false;
    const std::uint64_t value = found->toULongLong(&ok);
    // toULongLong also takes blanks and a sign.
    const bool digits = !found->isEmpty() && std::all_of(found->begin(), found->end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    if (ok && digits && value >= low && value <= high)
        return value;
    return fail(ErrorKind::InvalidInput, QStringLiteral("%1: \"%2\" is not a whole number from %3 to %4.")
                                             .arg(name, found->left(40)).arg(low).arg(high));
}

HttpResponse answer(const HttpRequest &request, const QString &agent, const Spool &spool)
{
    constexpr std::uint64_t kMaxSequence = 1ULL << 53; // exact in JSON
    auto since = number(request, QStringLiteral("since"), 0, 0, kMaxSequence);
    if (!since)
        return errorResponse(since.error());
    const auto limit = number(request, QStringLiteral("limit"), kDefaultSamples, 1, kMaxSamples);
    if (!limit)
        return errorResponse(limit.error());
    const auto asked = request.query.constFind(QStringLiteral("spool"));
    if (asked != request.query.constEnd() && *asked != spool.id())
        since = 0;
    const auto rows = spool.since(*since, static_cast<int>(*limit));
    if (!rows)
        return errorResponse(rows.error());
    HttpResponse response;
    response.body = protocol::toJson(protocol::SampleBatch{agent, spool.id(), spool.lastSequence(), *rows});
    return response;
}

} // namespace

void addSamplesRoute(HttpServer &server, const QString &agent, const Spool &spool)
{
    server.addRoute(QString::fromLatin1(protocol::routes::kSamples), HttpPolicy::Read,
                    [agent, &spool](const HttpRequest &request) { return answer(request, agent, spool); });
}

} // namespace vedette::agent
