// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"

#include <QString>

#include <stop_token>

extern "C" {
#include <libavformat/avio.h>
}

namespace vedette::media {

/// Ends libavformat's blocking calls at a deadline or when a stop is requested; libavformat asks every 100 ms.
/// Must outlive the context that got callback(). Thread-bound.
class Interrupt {
public:
    /// For the next blocking calls, until armed again.
    void arm(std::stop_token stop, milliseconds limit);
    /// From now on every I/O fails at once.
    void expire();
    bool expired() const { return m_stop.stop_requested() || m_clock.now() >= m_deadline; }
    AVIOInterruptCB callback() { return {&Interrupt::ask, this}; }

    /// What a failed call means: Cancelled or Timeout when we ended it, else FFmpeg's own reason.
    Error error(int averror, const QString &context) const;

private:
    static int ask(void *self);

    SystemClock m_clock;
    std::stop_token m_stop;
    MonoTime m_deadline{};
    milliseconds m_limit{0};
};

} // namespace vedette::media
