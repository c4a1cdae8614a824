// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/library.h"

#include "core/base/backoff.h"
#include "core/base/bounded_queue.h"
#include "core/base/worker.h"
#include "core/recordings/lane_index.h"
#include "core/recordings/shelf.h"

#include <QMap>
#include <QTimer>

#include <algorithm>
#include <functional>
#include <map>

namespace vedette::recordings {
namespace {

constexpr std::size_t kMostQuestions = 1024;           // that wait for one source; one a lane at a time
constexpr milliseconds kTick{500};
constexpr MonoTime kNever = monoFromMicros(-(1LL << 60)); // before any boot, and still safe to subtract
constexpr std::chrono::seconds kLooked{3};             // what was not shown for so long is not asked for again
constexpr std::chrono::minutes kRecentPast{5};         // where files still grow and come in late
constexpr std::chrono::minutes kAhead{1};              // of another machine's clock
constexpr milliseconds kFirstRetry{1000};
constexpr milliseconds kMostRetry{10'000};

/// Is run on the source's thread; what it returns, on the main thread.
using Question = std::function<std::function<void()>(RecordingSource &, const std::stop_token &)>;

/// One question to a source and its state.
struct Asked {
    bool pending = false;
    MonoTime at = kNever;               ///< when it was asked last
    UtcTime from{};                     ///< the widest that was asked for lately, and when
    UtcTime to{};
    MonoTime wideAt = kNever;
    QString problem;
    Backoff backoff{kFirstRetry, kMostRetry};
    MonoTime nextTry = kNever;
};

struct Keeper {
    std::shared_ptr<RecordingSource> source;
    QString name;
    BoundedQueue<Question> questions{"catalogue", kMostQuestions};
    QMap<RecordingLane, LaneExtent> lanes;
    bool lanesKnown = false;
    bool down = false;                  ///< the source as a whole does not answer
    Asked lanesAsked;
    QMap<RecordingLane, Asked> asked;
    Worker worker;                      // last: ends before what it uses
};

struct Lane {
    LaneIndex index;
    UtcTime from{};                     ///< what was looked at last
    UtcTime to{};
    MonoTime lookedAt = kNever;
};

bool meansDown(ErrorKind kind)
{
    return kind == ErrorKind::Unavailable || kind == ErrorKind::Timeout || kind == ErrorKind::Denied;
}

} // namespace

struct Library::Private {
    Private(Library *library, const Clock &clock_) : q(library), clock(clock_), shelf(clock_) {}

    Keeper *find(const QString &name);
    Lane &lane(const RecordingLane &name);
    void post(Keeper &keeper, Question question) { keeper.questions.push(std::move(question)); }
    void tick();
    void askLanes(Keeper &keeper);
    void lanesTold(Keeper &keeper, const Result<QList<LaneExtent>> &told);
    void ask(const RecordingLane &name, Lane &lane, UtcTime from, UtcTime to);
    void askAccount(Keeper &keeper, const RecordingLane &name, UtcTime from, UtcTime to);
    void accountTold(Keeper &keeper, const RecordingLane &name, UtcTime from, UtcTime to, UtcTime now, const Result<Account> &told);
    void note(Keeper &keeper, Asked &asked, const std::optional<Error> &error);
    bool due(const Asked &asked) const { return !asked.pending && (asked.problem.isEmpty() || clock.now() >= asked.nextTry); }
    ViewSpan::Kind ofNoSource() const;

    Library *const q;
    const Clock &clock;
    mutable Shelf shelf;
    QTimer timer;
    std::map<RecordingLane, Lane> lanes;
    std::vector<std::unique_ptr<Keeper>> keepers; // nearest first
};

Keeper *Library::Private::find(const QString &name)
{
    const auto found = std::find_if(keepers.begin(), keepers.end(), [&name](const auto &each) { return each->name == name; });
    return found == keepers.end() ? nullptr : found->get();
}

Lane &Library::Private::lane(const RecordingLane &name)
{
    const auto [found, made] = lanes.try_emplace(name);
    for (const auto &each : keepers) {
        if (made && each->lanes.contains(name))
            found->second.index.addSource(each->name, each->source->kind());
    }
    return found->second;
}

void Library::Private::tick()
{
    const MonoTime now = clock.now();
    for (const auto &each : keepers) {
        if (due(each->lanesAsked) && (!each->lanesKnown || !each->lanesAsked.problem.isEmpty() || now - each->lanesAsked.at >= kOld))
            askLanes(*each);
    }
    for (auto &[name, lane] : lanes) {
        if (lane.lookedAt > now - kLooked)
            ask(name, lane, lane.from, lane.to);
    }
}

void Library::Private::askLanes(Keeper &keeper)
{
    keeper.lanesAsked.pending = true;
    keeper.lanesAsked.at = clock.now();
    post(keeper, [this, name = keeper.name](RecordingSource &source, const std::stop_token &stop) {
        return [this, name, asked = &source, told = source.lanes(stop)] {
            if (Keeper *still = find(name); still && still->source.get() == asked)
                lanesTold(*still, told);
        };
    });
}

void Library::Private::lanesTold(Keeper &keeper, const Result<QList<LaneExtent>> &told)
{
    keeper.lanesAsked.pending = false;
    note(keeper, keeper.lanesAsked, told ? std::nullopt : std::optional(told.error()));
    if (!told)
        return;
    QMap<RecordingLane, LaneExtent> now;
    for (const LaneExtent &each : *told)
        now.insert(each.lane, each);
    const bool changed = !keeper.lanesKnown || now != keeper.lanes;
    keeper.lanes = now;
    keeper.lanesKnown = true;
    const QList<RecordingLane> names = now.keys();
    shelf.setLanes(keeper.name, QSet<RecordingLane>(names.begin(), names.end()));
    for (auto &[name, lane] : lanes) {
        const bool has = now.contains(name);
        if (has != lane.index.hasSource(keeper.name)) {
            if (has)
                lane.index.addSource(keeper.name, keeper.source->kind());
            else
                lane.index.removeSource(keeper.name);
            Q_EMIT q->changed(name);
        }
    }
    if (changed)
        Q_EMIT q->lanesChanged();
}

/// What is missing of a span, else the recent past, else all of it when what is known is old; one question at a time.
void Library::Private::ask(const RecordingLane &name, Lane &lane, UtcTime from, UtcTime to)
{
    const UtcTime utc = clock.utcNow();
    const MonoTime now = clock.now();
    const UtcTime last = std::min(to, utc);
    if (from >= last)
        return;
    const auto width = last - from;
    for (const auto &keeper : keepers) {
        if (!keeper->lanes.contains(name) || (keeper->down && now < keeper->lanesAsked.nextTry))
            continue;
        Asked &asked = keeper->asked[name];
        if (!due(asked))
            continue;
        const bool live = last > utc - kRecentPast;
        const auto missing = lane.index.told(keeper->name).missing(from, std::min(last, utc - kRecent));
        if (missing)
            askAccount(*keeper, name, missing->first - width / 2, std::min(utc, missing->second + width / 2));
        else if (live && now - asked.at >= kRecent && now - asked.wideAt < kOld)
            askAccount(*keeper, name, utc - kRecentPast, utc);
        else if (now - asked.wideAt >= kOld || asked.from > from || asked.to < std::min(last, utc - kRecentPast))
            askAccount(*keeper, name, from - width / 2, std::min(utc, last + width / 2));
    }
}

void Library::Private::askAccount(Keeper &keeper, const RecordingLane &name, UtcTime from, UtcTime to)
{
    Asked &asked = keeper.asked[name];
    asked.pending = true;
    asked.at = clock.now();
    from = std::max(from, utcFromMicros(0));
    if (to - from > kRecentPast) {
        asked.from = from;
        asked.to = to;
        asked.wideAt = asked.at;
    }
    const UtcTime now = clock.utcNow();
    const UtcTime end = to == now ? now + kAhead : to;
    post(keeper, [this, source = keeper.name, name, from, end, now](RecordingSource &each, const std::stop_token &stop) {
        return [this, source, asked = &each, name, from, end, now, told = each.account(name, from, end, stop)] {
            if (Keeper *still = find(source); still && still->source.get() == asked)
                accountTold(*still, name, from, end, now, told);
        };
    });
}

void Library::Private::accountTold(Keeper &keeper, const RecordingLane &name, UtcTime from, UtcTime to, UtcTime now, const Result<Account> &told)
{
    Asked &asked = keeper.asked[name];
    asked.pending = false;
    const bool nothing = !told && told.error().kind == ErrorKind::NotFound;
    note(keeper, asked, told || nothing ? std::nullopt : std::optional(told.error()));
    const auto found = lanes.find(name);
    if (found == lanes.end())
        return;
    Lane &lane = found->second;
    const std::uint64_t before = lane.index.generation();
    if (told || nothing) {
        const QList<protocol::CoverageSpan> spans = told ? told->spans : QList<protocol::CoverageSpan>();
        // Nobody can have told of what was still to come, but for a source whose clock is ahead.
        UtcTime end = std::min(to, now);
        for (const protocol::CoverageSpan &each : spans)
            end = std::max(end, std::min(each.to, to));
        lane.index.tell(keeper.name, from, end, spans);
    }
    if (told && told->settling)
        askAccount(keeper, name, from, std::min(to, now));
    if (lane.index.generation() != before || !asked.problem.isEmpty())
        Q_EMIT q->changed(name);
}

/// Keeps why a question was not answered, and when to try again. A source that is back is asked for everything anew.
void Library::Private::note(Keeper &keeper, Asked &asked, const std::optional<Error> &error)
{
    if (error && error->kind == ErrorKind::Cancelled)
        return;
    const bool wasDown = keeper.down;
    const QString before = q->problemOf(keeper.name);
    asked.problem = error ? error->text() : QString();
    if (error) {
        asked.nextTry = clock.now() + asked.backoff.next();
        if (meansDown(error->kind)) {
            keeper.down = true;
            keeper.lanesAsked.problem = asked.problem;
            keeper.lanesAsked.nextTry = asked.nextTry;
        }
    } else {
        asked.backoff.reset();
        keeper.down = false;
        if (wasDown) {
            keeper.lanesAsked.problem.clear();
            for (Asked &each : keeper.asked) {
                each.wideAt = kNever;
                each.problem.clear();
            }
        }
    }
    if (wasDown != keeper.down)
        shelf.setDown(keeper.name, keeper.down);
    if (q->problemOf(keeper.name) != before)
        Q_EMIT q->problemsChanged();
}

ViewSpan::Kind Library::Private::ofNoSource() const
{
    ViewSpan::Kind kind = ViewSpan::Kind::Nothing;
    for (const auto &each : keepers) {
        if (!each->lanesKnown)
            kind = each->down ? ViewSpan::Kind::Silent : ViewSpan::Kind::Asking;
    }
    return kind;
}

Library::Library(const Clock &clock, QObject *parent) : QObject(parent), d(std::make_unique<Private>(this, clock))
{
    connect(&d->timer, &QTimer::timeout, this, [this] { d->tick(); });
    d->timer.start(kTick);
}

Library::~Library()
{
    for (const auto &each : d->keepers)
        each->worker.requestStop();
    d->keepers.clear();
}

void Library::add(std::shared_ptr<RecordingSource> source)
{
    remove(source->name());
    auto keeper = std::make_unique<Keeper>();
    keeper->source = source;
    keeper->name = source->name();
    d->shelf.add(source);
    keeper->worker = Worker("catalogue", [this, keeper = keeper.get()](const std::stop_token &stop) {
        while (!stop.stop_requested()) {
            if (const auto question = keeper->questions.pop(stop, kTick))
                QMetaObject::invokeMethod(this, (*question)(*keeper->source, stop), Qt::QueuedConnection);
        }
    });
    const auto place = std::find_if(d->keepers.begin(), d->keepers.end(), [&source](const auto &each) { return each->source->kind() > source->kind(); });
    Keeper &added = **d->keepers.insert(place, std::move(keeper));
    d->askLanes(added);
}

void Library::remove(const QString &name)
{
    const auto found = std::find_if(d->keepers.begin(), d->keepers.end(), [&name](const auto &each) { return each->name == name; });
    if (found == d->keepers.end())
        return;
    d->shelf.remove(name);
    d->keepers.erase(found);
    for (auto &[lane, each] : d->lanes) {
        each.index.removeSource(name);
        Q_EMIT changed(lane);
    }
    Q_EMIT lanesChanged();
}

QStringList Library::sources() const
{
    QStringList names;
    for (const auto &each : d->keepers)
        names.append(each->name);
    return names;
}

QString Library::problemOf(const QString &source) const
{
    const Keeper *keeper = d->find(source);
    if (!keeper)
        return {};
    if (!keeper->lanesAsked.problem.isEmpty())
        return keeper->lanesAsked.problem;
    for (const Asked &each : keeper->asked) {
        if (!each.problem.isEmpty())
            return each.problem;
    }
    return {};
}

QList<LaneExtent> Library::lanes() const
{
    QMap<RecordingLane, LaneExtent> all;
    for (const auto &keeper : d->keepers) {
        for (const LaneExtent &each : keeper->lanes) {
            LaneExtent &merged = all[each.lane];
            merged.lane = each.lane;
            merged.name = merged.name.isEmpty() ? each.name : merged.name;
            merged.unknownTimes += each.unknownTimes;
            if (each.first == each.last)
                continue;
            const bool first = merged.first == merged.last;
            merged.first = first ? each.first : std::min(merged.first, each.first);
            merged.last = std::max(merged.last, each.last);
        }
    }
    return all.values();
}

LaneView Library::view(const RecordingLane &lane, UtcTime from, UtcTime to, microseconds finest)
{
    Lane &looked = d->lane(lane);
    looked.from = from;
    looked.to = to;
    looked.lookedAt = d->clock.now();
    d->ask(lane, looked, from, to);
    const bool silent = std::any_of(d->keepers.begin(), d->keepers.end(), [&](const auto &each) {
        return looked.index.hasSource(each->name) && !(each->asked.value(lane).problem.isEmpty() && !each->down);
    });
    LaneView view = looked.index.view(from, to, finest, d->clock.utcNow() - kRecent * 3, silent);
    view.lane = lane;
    if (looked.index.isEmpty()) {
        for (ViewSpan &each : view.spans)
            each.kind = d->ofNoSource();
    }
    return view;
}

std::optional<UtcTime> Library::nextGap(const RecordingLane &lane, UtcTime after, Direction direction) const
{
    const auto found = d->lanes.find(lane);
    return found == d->lanes.end() ? std::nullopt : found->second.index.nextGap(after, direction == Direction::Forward);
}

QSet<QDate> Library::daysWith(const QList<RecordingLane> &lanes, QDate first, QDate last, const QTimeZone &zone)
{
    QSet<QDate> days;
    const auto begin = [&zone](QDate day) { return utcFromMicros(day.startOfDay(zone).toMSecsSinceEpoch() * 1000); };
    for (const RecordingLane &name : lanes) {
        Lane &lane = d->lane(name);
        d->ask(name, lane, begin(first), begin(last.addDays(1)));
        for (QDate day = first; day <= last; day = day.addDays(1)) {
            if (!days.contains(day) && lane.index.recorded(begin(day), begin(day.addDays(1))).count() > 0)
                days.insert(day);
        }
    }
    return days;
}

Result<QList<Copy>> Library::copiesAt(const RecordingLane &lane, UtcTime at, std::stop_token stop) const
{
    return d->shelf.copiesAt(lane, at, stop);
}

Result<std::optional<UtcTime>> Library::nextRecorded(const RecordingLane &lane, UtcTime after, Direction direction, std::stop_token stop) const
{
    return d->shelf.nextRecorded(lane, after, direction, stop);
}

void Library::noteFailure(const Copy &copy, const Error &error) const
{
    if (error.kind != ErrorKind::Cancelled)
        d->shelf.noteFailure(copy.source->name());
}

} // namespace vedette::recordings
