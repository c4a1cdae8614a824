// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/protocol/control_range.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace vedette::protocol {

/// Where a stage of the pipeline is (foundation 5). One vocabulary for source, encoder, publisher,
/// receiver and decoder.
enum class StageState : std::uint8_t {
    Idle,     ///< not wanted now
    Starting,
    Running,
    Waiting,  ///< failed; tries again at nextTry
    Stopped,  ///< will not try again until a person changes something (wrong password, bad setting)
};
QString toString(StageState state);
std::optional<StageState> stageStateFromString(QStringView word);

/// A stage as shown to people: why it is where it is, since when, and when it tries again.
struct StageStatus {
    QString stage;               ///< "source", "encoder", "publisher" (to the relay), "target/NAME"; "recording"; "encoder/sub", "publisher/sub" and "recording/sub"
    StageState state = StageState::Idle;
    QString reason;              ///< empty while running
    UtcTime since{};
    std::optional<UtcTime> nextTry;
};

struct StreamStatus {
    QString name = QStringLiteral("main"); ///< "main" or "sub"
    int width = 0;
    int height = 0;
    double framerate = 0;        ///< announced, frames per second
    QString codec;               ///< "h264", "h265"; empty while unknown
    QStringList urls;            ///< in order of preference: relay first, then the agent itself; no credentials
    QString hlsUrl;              ///< for browsers, where somebody serves it; empty: none
};

struct CameraStatus {
    QString id;
    QString name;                ///< for people; the id when not set
    QString source;              ///< "test", "file", "url", …
    QList<StreamStatus> streams;
    QList<StageStatus> stages;
    /// Mean of about the last ten pictures, ms: sensor or source to encoder, and encoder to packet; empty: not encoded here.
    std::optional<double> captureMs;
    std::optional<double> encodeMs;
    std::uint64_t framesCaptured = 0;
    std::uint64_t framesEncoded = 0;
    std::uint64_t framesDropped = 0;
    std::optional<std::int64_t> lastFrameAgeMs; ///< of the newest encoded picture; empty before the first
    QList<ControlRange> controls; ///< what the open source lets command "controls" set; empty: nothing
    QList<quint64> runs;         ///< run ids announced, newest last, at most 8
};

struct AgentStatus {
    QString id;
    QString name;
    QString version;
    QString bootId;
    UtcTime time{};              ///< when this status was made, by the capture clock
    bool clockSynchronized = false;
    microseconds clockUncertainty{0}; ///< of that clock; every picture's own has it as a part
    std::uint32_t settingsVersion = 0;
    QString httpUrl;             ///< base URL of the agent's own port; empty when not reachable from elsewhere
    QString spool;
    QStringList capabilities;    ///< "keyframe", …
    QList<CameraStatus> cameras;
    /// Of the capture clock when this status was made; 0: no camera says.
    quint64 run() const { return cameras.isEmpty() || cameras.first().runs.isEmpty() ? 0 : cameras.first().runs.last(); }
};

QByteArray toJson(const AgentStatus &status);
/// Unknown keys are ignored; a missing or mistyped required one is InvalidInput that names it.
Result<AgentStatus> parseAgentStatus(const QByteArray &json);

/// The payload of topic online.
struct Online {
    bool online = false;
    QString bootId;              ///< empty in the last will
    UtcTime time{};
};
QByteArray toJson(const Online &online);
Result<Online> parseOnline(const QByteArray &json);

} // namespace vedette::protocol
