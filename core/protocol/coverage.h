// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace vedette::protocol {

/// Why there is no recording. The closed list of the coverage ledger.
enum class GapReason : std::uint8_t {
    Starting,
    SourceLost,
    SourceStalled,
    EncoderFailed,
    DiskFull,
    IoError,
    NotScheduled,
    NoTrigger,
    PausedByOperator,
    AgentStopped,
    ClockStep,
    ClockUnknown,
    PowerLoss,
    Overload,
    Expired,
    Unknown,
};
/// "source_lost".
QString toString(GapReason reason);
std::optional<GapReason> gapReasonFromString(QStringView word);

/// Where a recorded second is.
enum class Custody : std::uint8_t { OnEdge, InTransit, Stored, Expired, Lost };
QString toString(Custody custody);
std::optional<Custody> custodyFromString(QStringView word);

/// A span of one camera's stream that is recorded, or is not for one reason. from < to.
struct CoverageSpan {
    UtcTime from{};
    UtcTime to{};
    std::optional<GapReason> gap;  ///< empty: recorded
    Custody custody = Custody::OnEdge; ///< of a recorded one
    bool operator==(const CoverageSpan &) const = default;
};

/// What is known of [from, to) of one camera's stream: spans in order, each beginning where the one before ends, the first
/// at from and the last to to. segments + gaps = wall time, always: makeCoverage() sees to it.
struct Coverage {
    QString camera;
    QString stream = QStringLiteral("main");
    UtcTime from{};
    UtcTime to{};
    QList<CoverageSpan> spans;

    /// Recorded part of the whole, 0 to 1; empty of an empty span.
    std::optional<double> ratio() const;
    bool operator==(const Coverage &) const = default;
};

/// Lays recorded spans over gaps over "unknown" within [from, to): a recorded second is recorded whatever else is said of
/// it, and what nobody speaks of is a gap of unknown reason. In any order, overlapping or not; neighbours that say the
/// same are joined. Where two recorded spans overlap, or two gaps, the one that begins earlier is told.
QList<CoverageSpan> makeCoverage(UtcTime from, UtcTime to, QList<CoverageSpan> said);

QByteArray toJson(const Coverage &coverage);
/// InvalidInput names the key; also for spans that are not in order or leave a hole.
Result<Coverage> parseCoverage(const QByteArray &json);

} // namespace vedette::protocol
