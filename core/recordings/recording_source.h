// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/coverage.h"
#include "core/protocol/recording_lane.h"
#include "core/recordings/segment_reader.h"

#include <QList>
#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::recordings {

using protocol::RecordingLane;

/// What a source can play without a hole: one recorded file, or what a server calls one. Value type.
struct Piece {
    QString id;              ///< within its source and lane
    UtcTime from{};          ///< capture time of the first picture; by the run's own clock while !known
    UtcTime to{};            ///< end of the last; of an open piece as far as it has come
    bool known = true;       ///< the clock had been synchronised
    bool open = false;       ///< still growing
    protocol::Custody custody = protocol::Custody::OnEdge;
    QString fault;           ///< why it cannot be played, or only in part; empty: nothing is known to be wrong

    bool operator==(const Piece &) const = default;
};

/// What one source knows of a span of one lane. Value type.
struct Account {
    /// Recorded spans and gaps with their reasons, clipped to the span; in any order, overlapping where files do. Where
    /// there is none, nothing is known and nothing is owed (before the first recording, behind the last).
    QList<protocol::CoverageSpan> spans;
    bool settling = false;   ///< part is still being looked up: asked again, it will tell more

    bool operator==(const Account &) const = default;
};

/// One lane and when it has been recorded, for lists and calendars. Value type.
struct LaneExtent {
    RecordingLane lane;
    QString name;            ///< of the camera for people; empty: the source knows none
    UtcTime first{};         ///< of known times; first == last: there are none
    UtcTime last{};
    int unknownTimes = 0;    ///< pieces whose time is not known; see unknownPieces()

    bool operator==(const LaneExtent &) const = default;
};

/// Where recordings come from: an agent, a folder, a relay's playback server. Blocking calls, each ended by its stop token;
/// thread-safe, because a catalogue Worker and several players ask at the same time. Immutable after construction except
/// for caches. Errors are sentences for people that name the file or address, without credentials.
class RecordingSource {
public:
    /// Nearest first: of several complete copies the nearest plays.
    enum class Kind : std::uint8_t { Folder, Agent, Relay, Store };

    virtual ~RecordingSource() = default;

    virtual Kind kind() const = 0;
    /// For people, unique in a library: "agent pi-gate", "folder /media/sd".
    virtual QString name() const = 0;
    virtual Result<QList<LaneExtent>> lanes(std::stop_token stop) = 0;
    /// NotFound: it has nothing of this lane.
    virtual Result<Account> account(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop) = 0;
    /// What can be played of [from, to), by from; they may overlap each other. For a player, which asks for a moment; a year
    /// has too many.
    virtual Result<QList<Piece>> pieces(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop) = 0;
    /// Those whose time is not known, in the order of their runs or names.
    virtual Result<QList<Piece>> unknownPieces(const RecordingLane &, std::stop_token) { return QList<Piece>(); }
    virtual Result<std::unique_ptr<SegmentReader>> open(const RecordingLane &lane, const Piece &piece, std::stop_token stop) = 0;
};

QString toString(RecordingSource::Kind kind); ///< "agent"

} // namespace vedette::recordings
