// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/live/stream_receiver.h"

namespace vedette::live {

/// What a tile may call itself. Only Live is live, and Unchanged, which is a live picture of a scene that stands still: a
/// covered lens is no fault, but somebody should know.
///
///   Connecting ──first picture──▶ Live ◀──new capture time── Stale
///       │                          │ none for max(2 s, 3 frame intervals)  ▲
///       │                          └──────────────────────────────────────┘
///       └──failed, no picture ever──▶ Offline ◀── Stale, no new capture time for kOfflineAfter
///
/// Live becomes Unchanged when all pictures of kUnchangedAfter show the same, and Live again with the first that does not.
/// A single picture, fetched because nothing streams, is Stale from the beginning.
/// Offline keeps no picture; Stale keeps the last one, dimmed. Offline stays until a picture comes: a
/// try that has begun changes nothing yet.
enum class TileState : std::uint8_t { Connecting, Live, Unchanged, Stale, Offline };

/// New capture times arrive.
inline bool isLive(TileState state) { return state == TileState::Live || state == TileState::Unchanged; }

inline constexpr milliseconds kUnchangedAfter{5'000};
inline constexpr milliseconds kOfflineAfter{60'000}; ///< a picture older than this deceives even when dimmed

/// max(2 s, 3 frame intervals).
milliseconds staleAfter(milliseconds frameInterval);

struct TileCondition {
    TileState state = TileState::Connecting;
    MonoTime since{}; ///< Stale, and Offline after it: when the last new capture time came; Unchanged: of the first such picture; otherwise when it became so
    bool operator==(const TileCondition &) const = default;
};

/// Pure: the state that follows from what the receiver says at time now.
TileCondition nextTileCondition(const TileCondition &current, const ReceiverState &receiver, MonoTime now);

} // namespace vedette::live
