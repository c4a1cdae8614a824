// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/live/stream_receiver.h"

namespace vedette::live {

/// What a tile may call itself. Only Live is live.
///
///   Connecting ──first picture──▶ Live ◀──new capture time── Stale
///       │                          │ none for max(2 s, 3 frame intervals)  ▲
///       │                          └──────────────────────────────────────┘
///       └──failed, no picture ever──▶ Offline ◀── Stale, no new capture time for kOfflineAfter
///
/// Offline keeps no picture; Stale keeps the last one, dimmed. Offline stays until a picture comes: a
/// try that has begun changes nothing yet.
enum class TileState : std::uint8_t { Connecting, Live, Stale, Offline };

inline constexpr milliseconds kOfflineAfter{60'000}; ///< a picture older than this deceives even when dimmed

/// max(2 s, 3 frame intervals).
milliseconds staleAfter(milliseconds frameInterval);

struct TileCondition {
    TileState state = TileState::Connecting;
    MonoTime since{}; ///< Stale, and Offline after it: when the last new capture time came; otherwise when it became so
    bool operator==(const TileCondition &) const = default;
};

/// Pure: the state that follows from what the receiver says at time now.
TileCondition nextTileCondition(const TileCondition &current, const ReceiverState &receiver, MonoTime now);

} // namespace vedette::live
