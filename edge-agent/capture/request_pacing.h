// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

namespace vedette::agent {

/// Keeps a camera to its rate that answers each request as soon as it has it, as libcamera's virtual one does. A sensor that
/// keeps the rate by itself gets its requests back at once, so that it never waits for one. Pure; one life of a source.
class RequestPacing {
public:
    explicit RequestPacing(microseconds interval) : m_interval(interval) {}

    /// For each completed request: whether its picture is taken; one that comes more than half an interval early is not.
    bool take(MonoTime at)
    {
        const bool began = m_due != MonoTime{};
        if (began && at < m_due - m_interval / 2) {
            m_holds = true;
            return false;
        }
        if (at > m_due + m_interval / 2)
            m_holds = false; // it needs time, or more requests
        m_due = m_holds && began ? m_due + m_interval : at + m_interval;
        return true;
    }
    /// Whether requests go back one by one at due(), instead of at once.
    bool holds() const { return m_holds; }
    MonoTime due() const { return m_due; } ///< of the next picture

private:
    const microseconds m_interval;
    MonoTime m_due{};
    bool m_holds = false;
};

} // namespace vedette::agent
