// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/backoff.h"
#include "core/base/clock.h"
#include "core/base/error.h"

#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace vedette::live {

enum class PathKind : std::uint8_t { Relay, Direct, Mjpeg, Snapshot, Other };
QString pathName(PathKind kind); ///< "relay", "direct", "mjpeg", "snapshot", "other"

/// One way to a stream.
struct StreamPath {
    QString url;
    PathKind kind = PathKind::Other;
    bool operator==(const StreamPath &) const = default;
};

/// rtsp:// and the like from a fleet are the relay; http:// of an agent is direct, or by its file MJPEG or a single picture;
/// files and the rest are Other.
PathKind pathKindOf(const QString &url);

/// A path on this machine's disk: it is played in real time and has an end.
bool isLocalFile(const QString &url);

/// Which path to use and when to try again; pure, no I/O, all times given. The better path that failed is due for a
/// try in the background after its own back-off, while the worse one goes on. Value type, reentrant.
class PathLadder {
public:
    /// A viewer waits in front of it, so no longer than this between tries.
    static constexpr milliseconds kBackoffBase{500};
    static constexpr milliseconds kBackoffCap{10'000};
    /// A refused password is not tried more often: servers lock out.
    static constexpr milliseconds kDeniedPause{60'000};

    /// Best first, doubles and empty ones left out; a URL that stays keeps its back-off.
    void setPaths(const QStringList &urls);
    bool isEmpty() const { return m_rungs.empty(); }
    bool contains(const StreamPath &path) const { return rankOf(path) < m_rungs.size(); }

    /// The best path that is due now, or empty when all wait. except: a path in use already.
    std::optional<StreamPath> next(MonoTime now, const StreamPath *except = nullptr) const;
    /// When something becomes due; empty when there are no paths or something is due already.
    std::optional<MonoTime> nextTry(MonoTime now) const;
    /// A path better than current that is due for a background try.
    std::optional<StreamPath> betterThan(const StreamPath &current, MonoTime now) const;
    /// When the next better path than current will be tried; empty when current is the best.
    std::optional<MonoTime> nextBetterTry(const StreamPath &current) const;
    bool isBetter(const StreamPath &a, const StreamPath &b) const { return rankOf(a) < rankOf(b); }

    void failed(const StreamPath &path, MonoTime now, ErrorKind kind = ErrorKind::Unavailable);
    /// After a success that lasted.
    void succeeded(const StreamPath &path);
    /// Everything is due now.
    void retryNow();

private:
    struct Rung {
        StreamPath path;
        Backoff backoff;
        MonoTime due{};
    };
    std::size_t rankOf(const StreamPath &path) const; ///< size() when it is not here: worse than all

    std::vector<Rung> m_rungs;
};

} // namespace vedette::live
