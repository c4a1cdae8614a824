// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/recordings/copy.h"

#include <QSet>

#include <mutex>
#include <optional>
#include <vector>

namespace vedette::recordings {

/// The sources of a library as players see them: who is asked first, and who is avoided because it failed lately.
/// Thread-safe; no source is asked under the lock.
class Shelf {
public:
    static constexpr std::chrono::seconds kAvoided{5}; ///< after a failure, while others have a copy

    explicit Shelf(const Clock &clock) : m_clock(clock) {}

    void add(std::shared_ptr<RecordingSource> source);
    void remove(const QString &name);
    /// Which lanes it has; until told, it may have any.
    void setLanes(const QString &name, const QSet<RecordingLane> &lanes);
    /// It does not answer, until told otherwise.
    void setDown(const QString &name, bool down);

    /// As Library's functions of the same names.
    Result<QList<Copy>> copiesAt(const RecordingLane &lane, UtcTime at, std::stop_token stop);
    Result<std::optional<UtcTime>> nextRecorded(const RecordingLane &lane, UtcTime after, Direction direction, std::stop_token stop);
    void noteFailure(const QString &name);

private:
    struct Place {
        std::shared_ptr<RecordingSource> source;
        std::optional<QSet<RecordingLane>> lanes;
        bool down = false;
        MonoTime avoidedUntil = MonoTime::min();
    };
    using Sources = std::vector<std::shared_ptr<RecordingSource>>;
    /// Those that may have the lane, nearest first: good ones, and those to be avoided.
    std::pair<Sources, Sources> sourcesOf(const RecordingLane &lane) const;
    Place *find(const QString &name);

    const Clock &m_clock;
    mutable std::mutex m_mutex; // guards m_places
    std::vector<Place> m_places;
};

} // namespace vedette::recordings
