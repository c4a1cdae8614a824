// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/recordings/copy.h"
#include "core/recordings/lane_view.h"

#include <QDate>
#include <QObject>
#include <QSet>
#include <QTimeZone>

#include <memory>
#include <optional>

namespace vedette::recordings {

/// All recordings of all sources, merged by the moment: what the timeline draws and what a player opens. Each source is
/// asked on a Worker of its own, so that a slow one holds only itself; what it said is kept, and asked for again while it is
/// looked at: the recent past every kRecent, all else every kOld and when a silent source has come back. Main thread, except
/// for what is marked; sources are added and removed on the main thread only.
class Library : public QObject {
    Q_OBJECT
public:
    static constexpr std::chrono::seconds kRecent{1};
    static constexpr std::chrono::seconds kOld{60};

    /// clock: outlives the library.
    explicit Library(const Clock &clock, QObject *parent = nullptr);
    /// Stops its Workers: at once, but for what cannot be interrupted.
    ~Library() override;

    /// One whose name is there already takes its place.
    void add(std::shared_ptr<RecordingSource> source);
    void remove(const QString &name);
    /// Names, nearest first.
    QStringList sources() const;
    /// Why a source does not answer, one sentence; empty while it does, or has not been asked.
    QString problemOf(const QString &source) const;

    /// Of all sources, by camera and stream; the widest extent of each, the first name that a source knows.
    QList<LaneExtent> lanes() const;
    /// What is known now, from memory; asks for what is missing or old, and then changed(lane). Never blocks. finest: what
    /// is shorter is told together with its neighbours as Mixed (the time of one pixel); 0: every span.
    LaneView view(const RecordingLane &lane, UtcTime from, UtcTime to, microseconds finest = microseconds{0});
    /// Where the gap (or the stretch of nothing) behind or before that moment begins, as far as it is known.
    std::optional<UtcTime> nextGap(const RecordingLane &lane, UtcTime after, Direction direction) const;
    /// Days of that zone, first to last, in which something was recorded by one of the lanes; asks like view().
    QSet<QDate> daysWith(const QList<RecordingLane> &lanes, QDate first, QDate last, const QTimeZone &zone);

    /// Thread-safe, blocking, for Workers: who has what shows this moment, the nearest without a fault first; sources that
    /// do not answer are asked last, and only while there is no copy. Empty: a gap. An error only when no source answered.
    Result<QList<Copy>> copiesAt(const RecordingLane &lane, UtcTime at, std::stop_token stop) const;
    /// Thread-safe, blocking, for Workers. Forward: the first recorded moment at or behind it. Backward: the end of what was
    /// last recorded at or before it, or the moment itself where it is recorded. Empty: there is none.
    Result<std::optional<UtcTime>> nextRecorded(const RecordingLane &lane, UtcTime after, Direction direction, std::stop_token stop) const;
    /// Thread-safe: reading this copy has failed; for some seconds others come first.
    void noteFailure(const Copy &copy, const Error &error) const;

Q_SIGNALS:
    void lanesChanged();
    void changed(const vedette::protocol::RecordingLane &lane);
    void problemsChanged();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::recordings
