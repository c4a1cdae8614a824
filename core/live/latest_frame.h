// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"

#include <mutex>
#include <optional>

namespace vedette::live {

/// A one-place mailbox between decoder and screen: the newest picture wins, those never taken are
/// counted, and time never goes back. Thread-safe; written by one StreamReceiver, read by the GUI.
class LatestFrame {
public:
    /// A picture of the same run that is older than the newest one by less than this is left out: the other path
    /// is that much later. From there on the stream really starts again (a file played from its beginning).
    static constexpr microseconds kMaxStepBack{5'000'000};

    /// True when the mailbox was empty, so that the reader needs a wake-up. A picture left out is counted as overwritten,
    /// unless it was never meant to be seen: kept is one of the group that a server had kept and sent at once.
    bool put(media::Frame frame, bool kept = false);
    /// Empties the mailbox; empty when nothing new has come.
    std::optional<media::Frame> take();
    std::uint64_t overwritten() const;

private:
    bool goesBack(const media::Frame &frame) const;

    mutable std::mutex m_mutex; // guards all below
    std::optional<media::Frame> m_frame;
    std::optional<CaptureStamp> m_newest;
    bool m_kept = false; // m_frame is
    std::uint64_t m_overwritten = 0;
};

} // namespace vedette::live
