// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/library.h"

namespace vedette::recordings {

struct Library::Private {
    const Clock &clock;
};

Library::Library(const Clock &clock, QObject *parent) : QObject(parent), d(new Private{clock}) {}
Library::~Library() = default;
void Library::add(std::shared_ptr<RecordingSource>) {}
void Library::remove(const QString &) {}
QStringList Library::sources() const { return {}; }
QString Library::problemOf(const QString &) const { return {}; }
QList<LaneExtent> Library::lanes() const { return {}; }
LaneView Library::view(const RecordingLane &lane, UtcTime from, UtcTime to, microseconds) { return {lane, from, to, {}, {}, 0}; }
std::optional<UtcTime> Library::nextGap(const RecordingLane &, UtcTime, Direction) const { return {}; }
QSet<QDate> Library::daysWith(const QList<RecordingLane> &, QDate, QDate, const QTimeZone &) { return {}; }
Result<QList<Copy>> Library::copiesAt(const RecordingLane &, UtcTime, std::stop_token) const { return QList<Copy>(); }
Result<std::optional<UtcTime>> Library::nextRecorded(const RecordingLane &, UtcTime, Direction, std::stop_token) const { return std::nullopt; }
void Library::noteFailure(const Copy &, const Error &) const {}

} // namespace vedette::recordings
