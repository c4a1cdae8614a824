// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/recordings/recording_source.h"

namespace vedette::recordings {

/// What is closer together is drawn as one: a picture's duration is not known to the end, and servers tell whole recordings
/// a few milliseconds apart.
inline constexpr std::chrono::seconds kTouching{1};

/// The account of [from, to) that pieces of known time make, in any order: recorded where they are, and between them gaps,
/// of the reason that gaps tell or of unknown reason. from and to lie within what is owed.
QList<protocol::CoverageSpan> spansOf(QList<Piece> pieces, const QList<protocol::CoverageSpan> &gaps, UtcTime from, UtcTime to);

} // namespace vedette::recordings
