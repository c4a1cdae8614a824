// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/shelf.h"

#include "core/protocol/time_range.h"

#include <algorithm>
#include <array>

namespace vedette::recordings {
namespace {

constexpr UtcTime kBeginning = utcFromMicros(0);
constexpr UtcTime kEnd = utcFromMicros(protocol::kMaxTimeMicros);
/// How far is looked at once for what comes next: it is near as a rule, and a year is much to ask for.
constexpr std::array kReaches{std::chrono::hours{1}, std::chrono::hours{24}, std::chrono::hours{24 * 30}, std::chrono::hours{24 * 366 * 100}};

struct Window {
    UtcTime from;
    UtcTime to;
};

/// The reaches one behind the other, from a moment on or back.
std::vector<Window> windows(UtcTime after, Direction direction)
{
    std::vector<Window> out;
    UtcTime at = std::clamp(after, kBeginning, kEnd);
    for (const auto reach : kReaches) {
        const UtcTime end = direction == Direction::Forward ? std::min(kEnd, at + reach) : std::max(kBeginning, at - reach);
        if (end == at)
            break;
        out.push_back({std::min(at, end), std::max(at, end)});
        at = end;
    }
    return out;
}

bool isHere(const protocol::CoverageSpan &span)
{
    return !span.gap && span.custody != protocol::Custody::Expired && span.custody != protocol::Custody::Lost;
}

/// The recorded moment of the spans that is nearest to after.
std::optional<UtcTime> nearest(const QList<protocol::CoverageSpan> &spans, UtcTime after, Direction direction)
{
    std::optional<UtcTime> best;
    for (const protocol::CoverageSpan &each : spans) {
        if (!isHere(each))
            continue;
        if (direction == Direction::Forward && each.to > after)
            best = std::min(best.value_or(UtcTime::max()), std::max(each.from, after));
        if (direction == Direction::Backward && each.from <= after)
            best = std::max(best.value_or(UtcTime::min()), std::min(each.to - microseconds{1}, after));
    }
    return best;
}

Result<std::optional<UtcTime>> nextOf(RecordingSource &source, const RecordingLane &lane, UtcTime after, Direction direction, std::optional<UtcTime> limit, const std::stop_token &stop)
{
    for (Window window : windows(after, direction)) {
        if (direction == Direction::Backward)
            window.to += microseconds{1}; // the moment itself belongs to it
        if (limit && (direction == Direction::Forward ? window.from >= *limit : window.to <= *limit))
            break;
        const auto account = source.account(lane, window.from, window.to, stop);
        if (!account && account.error().kind == ErrorKind::NotFound)
            return std::nullopt;
        if (!account)
            return fail(account.error());
        if (const auto found = nearest(account->spans, after, direction))
            return found;
    }
    return std::nullopt;
}

} // namespace

Shelf::Place *Shelf::find(const QString &name)
{
    const auto found = std::find_if(m_places.begin(), m_places.end(), [&name](const Place &each) { return each.source->name() == name; });
    return found == m_places.end() ? nullptr : &*found;
}

void Shelf::add(std::shared_ptr<RecordingSource> source)
{
    const std::lock_guard lock(m_mutex);
    const auto place = std::find_if(m_places.begin(), m_places.end(), [&source](const Place &each) { return each.source->kind() > source->kind(); });
    m_places.insert(place, {std::move(source), {}, false, MonoTime::min()});
}

void Shelf::remove(const QString &name)
{
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_places, [&name](const Place &each) { return each.source->name() == name; });
}

void Shelf::setLanes(const QString &name, const QSet<RecordingLane> &lanes)
{
    const std::lock_guard lock(m_mutex);
    if (Place *place = find(name))
        place->lanes = lanes;
}

void Shelf::setDown(const QString &name, bool down)
{
    const std::lock_guard lock(m_mutex);
    if (Place *place = find(name)) {
        place->down = down;
        place->avoidedUntil = down ? place->avoidedUntil : MonoTime::min();
    }
}

void Shelf::noteFailure(const QString &name)
{
    const std::lock_guard lock(m_mutex);
    if (Place *place = find(name))
        place->avoidedUntil = m_clock.now() + kAvoided;
}

std::pair<Shelf::Sources, Shelf::Sources> Shelf::sourcesOf(const RecordingLane &lane) const
{
    const std::lock_guard lock(m_mutex);
    std::pair<Sources, Sources> out;
    for (const Place &each : m_places) {
        if (!each.lanes || each.lanes->contains(lane))
            (each.down || m_clock.now() < each.avoidedUntil ? out.second : out.first).push_back(each.source);
    }
    return out;
}

Result<QList<Copy>> Shelf::copiesAt(const RecordingLane &lane, UtcTime at, std::stop_token stop)
{
    const auto [good, avoided] = sourcesOf(lane);
    QList<Copy> copies;
    std::optional<Error> error;
    bool answered = false;
    for (const Sources *group : {&good, &avoided}) {
        for (const auto &source : *group) {
            const auto pieces = source->pieces(lane, at, at + microseconds{1}, stop);
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
            if (!pieces && pieces.error().kind != ErrorKind::NotFound) {
                noteFailure(source->name());
                error = error.value_or(pieces.error());
                continue;
            }
            answered = true;
            for (const Piece &each : pieces.value_or(QList<Piece>()))
                copies.append({source, each});
        }
        if (!copies.isEmpty())
            break;
    }
    if (copies.isEmpty() && !answered && error)
        return fail(*error);
    std::stable_partition(copies.begin(), copies.end(), [](const Copy &each) { return each.piece.fault.isEmpty(); });
    return copies;
}

Result<std::optional<UtcTime>> Shelf::nextRecorded(const RecordingLane &lane, UtcTime after, Direction direction, std::stop_token stop)
{
    const auto [good, avoided] = sourcesOf(lane);
    std::optional<UtcTime> best;
    std::optional<Error> error;
    bool answered = false;
    for (const Sources *group : {&good, &avoided}) {
        for (const auto &source : *group) {
            const auto next = nextOf(*source, lane, after, direction, best, stop);
            if (stop.stop_requested())
                return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
            if (!next) {
                noteFailure(source->name());
                error = error.value_or(next.error());
                continue;
            }
            answered = true;
            if (*next)
                best = !best ? *next : direction == Direction::Forward ? std::min(*best, **next) : std::max(*best, **next);
        }
        if (best)
            break;
    }
    if (!answered && error)
        return fail(*error);
    return best;
}

} // namespace vedette::recordings
