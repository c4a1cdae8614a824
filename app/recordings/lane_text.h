// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/review/lane.h"

#include <QString>
#include <QTimeZone>

namespace vedette::app {

/// "Stored", "In transit", "Gap" …
QString spanWord(review::SpanKind kind);
/// Why nothing was recorded, as a sentence: "The camera gave no pictures."
QString reasonSentence(protocol::GapReason reason);
/// "5 min 48 s", "2 d 3 h", "0.35 s": the two largest units.
QString lengthText(microseconds length);

/// What the card over a moment of a lane says. Value type.
struct LaneWords {
    QString title; ///< "No recording for 5 min 48 s", "Stored"
    QString where; ///< "Corridor east, 13:44:24 – 13:50:12"
    QString why;   ///< the reason, or who has it; may be empty
    QString more;  ///< may be empty
    bool operator==(const LaneWords &) const = default;
};
LaneWords describe(const review::LaneDetail &detail, const QString &lane, UtcTime now, const QTimeZone &zone);

} // namespace vedette::app
