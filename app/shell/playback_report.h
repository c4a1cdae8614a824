// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/console.h"

#include <QHash>
#include <QJsonArray>
#include <QTimer>

namespace vedette::app {

class MainWindow;

/// The second half of a measured run: plays what all cameras recorded in the last minute, in the real window, and writes
/// FILE of it. Main thread.
class PlaybackReport final : public QObject {
    Q_OBJECT
public:
    static constexpr std::chrono::seconds kBack{60};     ///< where play begins, or where the recordings begin
    static constexpr std::chrono::seconds kPlayed{3};    ///< by every camera, before the picture is taken
    static constexpr milliseconds kPatience{30'000};     ///< given up after this

    /// cameras: that have to play.
    PlaybackReport(Console &console, MainWindow &window, QString file, int cameras, QObject *parent = nullptr);
    void start();
    /// What each camera played.
    QJsonArray cameras() const;

Q_SIGNALS:
    /// sentence says why not all of them played; empty: they did.
    void finished(const QString &sentence);

private:
    void look();
    void end();
    QString complaint() const;

    Console &m_console;
    MainWindow &m_window;
    const QString m_file;
    const int m_wanted;
    QTimer m_timer;
    MonoTime m_started{};
    bool m_sought = false;
    QHash<QString, UtcTime> m_first; ///< capture time of the first picture of each camera
    QHash<QString, UtcTime> m_last;
    QHash<QString, int> m_shown;
};

} // namespace vedette::app
