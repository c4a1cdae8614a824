// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/live/stream_receiver.h"

namespace vedette::live {

/// What a tile may call itself. Only Live is live.
///
///   Connecting ──first picture──▶ Live ◀──new capture time── Stale
///       │                          │ none for max(2 s, 3 frame intervals)  ▲
///       │                          └──────────────────────────────────────┘
///       └──failed, no picture ever──▶ Offline ◀── Stale and its receiver gave up after kOfflineAfter
///
/// Offline keeps no picture; Stale keeps the last one, dimmed.
enum class TileState : std::uint8_t { Connecting, Live, Stale, Offline };

inline constexpr milliseconds kOfflineAfter{60'000}; ///< a picture older than this deceives even when dimmed

/// max(2 s, 3 frame intervals).
milliseconds staleAfter(milliseconds frameInterval);

struct TileCondition {
    TileState state = TileState::Connecting;
    MonoTime since{};
};

/// Pure: the state that follows from what the receiver says at time now.
TileCondition nextTileCondition(const TileCondition &current, const ReceiverState &receiver, MonoTime now);

} // namespace vedette::live
