// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/settings/livekit_settings.h"
#include "core/settings/week_schedule.h"

#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

namespace vedette::settings {

/// The small stream of a camera.
struct SubSettings {
    bool enabled = false;
    int width = 0;         ///< most
    int height = 0;
    double framerate = 0;  ///< most; 0: that of the main stream
    int bitrateKbps = 0;
};

/// When a stream is recorded.
enum class RecordingMode : std::uint8_t { Off, Continuous, Schedule, Trigger };

/// How the streams of a camera are recorded.
struct RecordingSettings {
    RecordingMode main = RecordingMode::Off;
    RecordingMode sub = RecordingMode::Off;
    WeekSchedule schedule;           ///< of mode Schedule
    std::chrono::seconds preRoll{0}; ///< this and the next: of mode Trigger
    std::chrono::seconds postRoll{0};

    bool any() const { return main != RecordingMode::Off || sub != RecordingMode::Off; }
};

/// One place that a camera is pushed to besides the relay.
struct TargetSettings {
    QString name;
    QString stream;        ///< "main" or "sub"
    Secret url;            ///< with its key; empty when it is not enabled
    QString shownUrl;      ///< for people: without user part and key
    bool enabled = true;
};

/// The settings of one camera, checked and complete.
struct CameraSettings {
    QString id;
    QString name;
    QString source;        ///< "test", "file", "url", "libcamera", "rpicam", "v4l2"
    QString file;          ///< for source "file"
    Secret url;            ///< for source "url"; the user part is secret
    bool audio = true;     ///< for source "url"
    QString device;        ///< which camera of the machine; empty: the first
    int width = 0;
    int height = 0;
    double framerate = 0;
    int bitrateKbps = 0;
    double keyFrameSeconds = 0;
    QString encoder = QStringLiteral("auto"); ///< "auto", "libx264", "h264_v4l2m2m"
    QString burnIn = QStringLiteral("none");  ///< "none", "name", "time", "both"
    QString preset;
    QString profile;       ///< "baseline", "main", "high"
    QString testFault;     ///< for source "test": "none", "stall" …
    double testFaultSeconds = 0;
    bool publish = true;   ///< push to relay.url, or to pushUrl
    Secret pushUrl;        ///< in place of <relay.url>/<id>; only CAMERA_RTSP_URL sets it
    QString hlsUrl;        ///< reported; only CAMERA_HLS_URL sets it
    QJsonObject controls;  ///< what is set of [camera.controls], by key; see checkControls()
    SubSettings sub;
    RecordingSettings recording;
    QList<TargetSettings> targets;
};

/// All settings of one agent, checked and complete: every default comes from the table.
struct AgentSettings {
    QString id;
    QString name;
    QString dataDir;
    QString httpAddress;   ///< loopback only, until tokens exist
    int httpPort = 0;      ///< 0: a free one, printed at start
    QString mqttHost;      ///< empty: no broker
    int mqttPort = 1883;
    QString mqttUsername;
    Secret mqttPassword;
    bool mqttTls = false;
    QString mqttCaFile;
    Secret relayUrl;       ///< "rtsp://HOST:8554"; empty: no relay; a user part is used for pushing
    QString relayPublicUrl;///< what consoles are told; default: relayUrl without user part
    Result<LiveKitSettings> liveKit = fail(ErrorKind::NotFound, QStringLiteral("LIVEKIT_HOST is not set")); ///< else why not
    QString liveKitRoom;
    QString senseHat;      ///< "auto", "simulated", "none"
    QString logFormat;     ///< "auto", "text", "json"
    QString clockTrust;    ///< "auto", "kernel", "always"
    int spoolMaxMb = 0;
    int spoolMaxDays = 0;
    QString recordingFolder;
    int segmentSeconds = 900;
    int recordingMaxDays = 0;
    int recordingMaxGb = 0;
    int recordingMinFreeMb = 0;
    QList<CameraSettings> cameras;
    QStringList fromEnvironment; ///< keys that the environment holds; "camera.width" for all cameras
    std::uint32_t version = 0;   ///< number of the settings as a whole; changes with every change
};

/// One thing wrong in a file: "FILE:LINE: key: sentence"; for a variable "environment: NAME: sentence". Holds no secret.
struct Problem {
    QString file;
    int line = 0;          ///< 0: unknown
    QString key;
    QString sentence;
    QString text() const;
};

struct LoadResult {
    AgentSettings settings;        ///< use only when problems is empty
    QList<Problem> problems;
    QList<Problem> notices;        ///< what is set and has no effect, and a file that is not there yet; no reason not to start
};

/// Whether the environment alone says what to run (CAMERA_…), so that no file is needed.
bool environmentSaysAll(const QHash<QString, QString> &environment);

/// Reads the TOML file (an empty path: none), strict keys; layers: defaults < file < environment. All problems are found in one pass.
/// environment: name → value, normally QProcessEnvironment::systemEnvironment().
/// unsaidSource: of the only camera, where the environment sets some of it and nothing says what it is.
LoadResult loadAgentSettings(const QString &path, const QHash<QString, QString> &environment, const QString &unsaidSource = QStringLiteral("test"));

/// A commented TOML file with every setting, which runs as it is (one test camera). docs/agent.example.toml is its copy.
QString exampleConfig();
/// The reference page of all settings, in Markdown. docs/settings.md is its copy.
QString settingsReference();

} // namespace vedette::settings
