// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/tile_state.h"

#include <algorithm>

namespace vedette::live {

namespace {

/// It became so now, unless it was so already.
TileCondition keepOr(const TileCondition &current, TileState state, MonoTime now)
{
    if (current.state == state && current.since != MonoTime{})
        return current;
    return {state, now};
}

} // namespace

milliseconds staleAfter(milliseconds frameInterval)
{
    return std::max(milliseconds{2000}, 3 * frameInterval);
}

TileCondition nextTileCondition(const TileCondition &current, const ReceiverState &receiver, MonoTime now)
{
    using protocol::StageState;
    if (receiver.lastNewCapture == MonoTime{}) {
        const bool gaveUp = receiver.stage == StageState::Waiting || receiver.stage == StageState::Stopped;
        const bool stillTrying = current.state == TileState::Offline && receiver.stage != StageState::Idle;
        return keepOr(current, gaveUp || stillTrying ? TileState::Offline : TileState::Connecting, now);
    }
    const auto age = now - receiver.lastNewCapture;
    if (!receiver.snapshot && age <= staleAfter(receiver.frameInterval)) {
        const bool still = receiver.unchangedSince != MonoTime{} && receiver.lastNewCapture - receiver.unchangedSince >= kUnchangedAfter;
        return still ? TileCondition{TileState::Unchanged, receiver.unchangedSince} : keepOr(current, TileState::Live, now);
    }
    return {age > kOfflineAfter ? TileState::Offline : TileState::Stale, receiver.lastNewCapture};
}

} // namespace vedette::live
