// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_private.h"
#include "edge-agent/recordings/retention_rows.h"

#include <algorithm>

namespace vedette::agent {
namespace {

constexpr std::chrono::hours kLeastMeasured{1};
constexpr double kDayUs = 86'400e6;

/// Where the rules leave off: bytes of all recordings together.
std::optional<double> roomFor(const RetentionRules &rules, const RecordingFigures &figures)
{
    std::optional<double> most;
    if (figures.freeBytes)
        most = static_cast<double>(std::max<std::int64_t>(0, figures.usedBytes + *figures.freeBytes - rules.minFreeBytes));
    if (rules.maxBytes > 0)
        most = std::min(most.value_or(static_cast<double>(rules.maxBytes)), static_cast<double>(rules.maxBytes));
    return most;
}

} // namespace

Result<LaneFigures> Catalog::Private::measure(const LaneRow &lane, UtcTime now)
{
    LaneFigures figures;
    const UtcTime since = now - LaneFigures::kWindow;
    const auto account = ledger.coverage(lane.lane, since, now, now, openOf(lane.lane));
    if (!account)
        return fail(account.error());
    figures.coverage = account->ratio();
    auto query = rows.database().prepare("SELECT (SELECT to_us FROM segments WHERE lane = ?1 AND time_known = 1 AND state <> 'open' ORDER BY from_us DESC LIMIT 1), "
                                         "(SELECT coalesce(sum(bytes), 0) FROM segments WHERE lane = ?1 AND time_known = 1 AND from_us > ?2)");
    if (!query)
        return fail(query.error());
    if (const auto row = query->bind(1, lane.number).bind(2, std::int64_t{toMicros(since)}).step(); !row)
        return fail(row.error());
    if (!query->isNull(0))
        figures.lastEnd = utcFromMicros(query->integer(0));
    figures.bytes = query->integer(1);
    if (const auto open = openOf(lane.lane); open && open->name.start)
        figures.bytes += open->bytes; // its row does not know them yet
    return figures;
}

void Catalog::Private::measure(const LedgerTime &now)
{
    RecordingFigures figures;
    const auto lanes = rows.lanes();
    if (!lanes)
        return;
    UtcTime oldest = now.utc;
    double bytes = 0;
    for (const LaneRow &lane : *lanes) {
        const auto one = measure(lane, now.utc);
        if (!one)
            return; // what was measured before stays until the database can be read
        figures.lanes.insert({lane.lane, *one});
        bytes += static_cast<double>(one->bytes);
        oldest = std::min(oldest, std::max(lane.since.value_or(now.utc), now.utc - LaneFigures::kWindow));
    }
    if (const auto free = config.freeSpace(config.folder))
        figures.freeBytes = *free;
    if (const auto size = diskSize(config.folder))
        figures.sizeBytes = *size;
    figures.usedBytes = rows.bytesHere().value_or(0);
    figures.protectedBytes = RetentionRows(rows).protectedBytes(now.known ? now.utc : UtcTime{}).value_or(0);
    const auto room = roomFor(config.retention, figures);
    if (room && bytes > 0 && now.utc - oldest >= kLeastMeasured) {
        figures.keepsDays = *room / bytes * (static_cast<double>((now.utc - oldest).count()) / kDayUs);
        if (config.retention.maxAge.count() > 0)
            figures.keepsDays = std::min(*figures.keepsDays, static_cast<double>(config.retention.maxAge.count()));
    }
    std::lock_guard guard(mutex);
    measured = figures;
}

RecordingFigures Catalog::figures() const
{
    std::lock_guard guard(d->mutex);
    return d->measured;
}

} // namespace vedette::agent
