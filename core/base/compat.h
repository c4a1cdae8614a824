// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimeZone>

namespace vedette::compat {

/// Differences between Qt 6.4 (Debian 12) and 6.8 (Debian 13), and nothing else.

/// What a QDateTime takes for UTC: the light one, not a zone with rules.
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
inline constexpr auto kUtc = QTimeZone::UTC;
#else
inline constexpr auto kUtc = Qt::UTC;
#endif

} // namespace vedette::compat
