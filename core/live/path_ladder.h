// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/backoff.h"
#include "core/base/clock.h"

#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace vedette::live {

enum class PathKind : std::uint8_t { Relay, Direct, Other };

/// One way to a stream.
struct StreamPath {
    QString url;
    PathKind kind = PathKind::Other;
    bool operator==(const StreamPath &) const = default;
};

/// rtsp:// and the like from a fleet are the relay, http:// of an agent is direct.
PathKind pathKindOf(const QString &url);

/// Which path to use and when to try again; pure, no I/O, all times given. The better path that failed is due for a
/// try in the background after its own back-off, while the worse one goes on.
class PathLadder {
public:
    void setPaths(const QStringList &urls);
    bool isEmpty() const { return m_rungs.empty(); }

    /// The best path that is due now, or empty when all wait.
    std::optional<StreamPath> next(MonoTime now) const;
    /// When something becomes due; empty when there are no paths or something is due already.
    std::optional<MonoTime> nextTry(MonoTime now) const;
    /// A path better than current that is due for a background try.
    std::optional<StreamPath> betterThan(const StreamPath &current, MonoTime now) const;
    /// When the next better path than current will be tried; empty when current is the best.
    std::optional<MonoTime> nextBetterTry(const StreamPath &current) const;

    void failed(const StreamPath &path, MonoTime now);
    void succeeded(const StreamPath &path);
    void retryNow();

private:
    struct Rung {
        StreamPath path;
        Backoff backoff;
        MonoTime due{};
    };
    std::vector<Rung> m_rungs;
};

} // namespace vedette::live
