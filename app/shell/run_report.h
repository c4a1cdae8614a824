// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/console.h"
#include "core/live/latency_window.h"

#include <QHash>
#include <QJsonObject>
#include <QObject>
#include <QTimer>

#include <map>
#include <optional>
#include <vector>

namespace vedette::app {

class MainWindow;
class PlaybackReport;

/// Measures a run of the real window for scripts: waits until the cameras are live, counts for some seconds, writes
/// DIR/wall.png and DIR/report.json, ends the program. Main thread.
class RunReport final : public QObject {
    Q_OBJECT
public:
    struct Plan {
        QString directory;
        int seconds = 10;
        int cameras = 1;
        bool playback = false; ///< of the last minute, too: DIR/timeline.png
    };
    /// Given up after this when the cameras do not come.
    static constexpr milliseconds kPatience{20'000};

    RunReport(Plan plan, Console &console, MainWindow &window, QObject *parent = nullptr);

    ~RunReport() override;
    void start();

Q_SIGNALS:
    /// exitCode 0 only when every camera was live at the end and every agent's telemetry came; sentence says why not.
    void finished(int exitCode, const QString &sentence);

private:
    void look();
    void beat();
    void presented(const QString &camera, const media::Frame &frame);
    void begin();
    void end();
    void write(QString sentence);
    QJsonObject cameraReport(CameraStream &stream) const;
    QJsonValue latenessReport() const;
    QJsonObject report() const;
    QString complaint() const;

    const Plan m_plan;
    Console &m_console;
    MainWindow &m_window;
    QTimer m_timer;
    MonoTime m_started{};
    MonoTime m_begun{};
    std::optional<MonoTime> m_allLive; ///< since when
    bool m_counting = false;
    QHash<QString, quint64> m_before; ///< decoded pictures at the beginning
    QHash<QString, quint64> m_shown;  ///< pictures painted while counting
    QJsonObject m_live; ///< the first half
    std::unique_ptr<PlaybackReport> m_playback;
    QTimer m_beat;
    MonoTime m_beatDue{};
    std::vector<float> m_lateness;    ///< ms by which the main thread came too late to each beat, at most kKeptBeats
    std::map<QString, live::LatencyWindow> m_latencies; ///< capture to screen, of every picture while counting
};

} // namespace vedette::app
