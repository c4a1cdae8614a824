// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/samples_route.h"

#include "core/protocol/routes.h"
#include "core/protocol/sample.h"
#include "edge-agent/http/http_server.h"
#include "edge-agent/spool/spool.h"

namespace vedette::agent {
namespace {

HttpResponse answer(const HttpRequest &request, const QString &agent, const Spool &spool)
{
    constexpr std::int64_t kMaxSequence = 1LL << 53; // exact in JSON
    auto since = queryNumber(request, QStringLiteral("since"), 0, 0, kMaxSequence);
    if (!since)
        return errorResponse(since.error());
    const auto limit = queryNumber(request, QStringLiteral("limit"), kDefaultSamples, 1, kMaxSamples);
    if (!limit)
        return errorResponse(limit.error());
    const auto asked = request.query.constFind(QStringLiteral("spool"));
    if (asked != request.query.constEnd() && *asked != spool.id())
        since = 0;
    const auto rows = spool.since(static_cast<std::uint64_t>(*since), static_cast<int>(*limit));
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
