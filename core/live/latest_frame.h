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
    /// True when the mailbox was empty, so that the reader needs a wake-up.
    bool put(media::Frame frame);
    /// Empties the mailbox; empty when nothing new has come.
    std::optional<media::Frame> take();
    std::uint64_t overwritten() const;

private:
    mutable std::mutex m_mutex; // guards all below
    std::optional<media::Frame> m_frame;
    std::uint64_t m_overwritten = 0;
};

} // namespace vedette::live
