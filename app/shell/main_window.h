// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/console.h"
#include "app/shell/snapshot_writer.h"
#include "app/wall/wall_widget.h"
#include "app/widgets/theme.h"

#include <QMainWindow>
#include <QTimer>

class QActionGroup;
class QLabel;
class QMenu;
class QSettings;
class QStackedWidget;

namespace vedette::app {

class LivePage;
class Rail;
class RecordingsPlace;
class StatusBar;
class TopBar;

/// The one window: rail, top bar, places, status bar. Knows all pages; nobody knows it. Main thread.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    /// settings: borrowed, may be null (nothing is remembered). systemPalette: of the desktop, before any theme.
    MainWindow(Console &console, QSettings *settings, const QPalette &systemPalette, ThemeMode theme,
               const RendererChoice &renderer = {});
    ~MainWindow() override;

    /// Of Live.
    WallWidget &wall();
    RecordingsPlace &recordings() { return *m_recordings; }
    enum class Place : std::uint8_t { Live = 1, Recordings = 2 };
    void setPlace(Place place);
    void setThemeMode(ThemeMode mode);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    void buildActions();
    void buildMenu();
    void addLayoutActions(QMenu *layouts);
    void connectParts();
    /// Of the place that is shown.
    WallWidget &shownWall();
    void updateTools();
    void openFolder();
    /// Of the selected tile.
    void takeSnapshot();
    /// The outcome of what was done, for some seconds over the status bar.
    void showNotice(const QString &sentence);
    QAction *addKey(const QString &text, const QKeySequence &key, const std::function<void()> &run);
    void applyDensity();
    void updateStatus();
    void toggleFullScreen();
    void showKeys();
    void showAbout();

    Console &m_console;
    QSettings *m_settings;
    const QPalette m_systemPalette;
    ThemeMode m_theme;
    Rail *m_rail = nullptr;
    TopBar *m_topBar = nullptr;
    StatusBar *m_status = nullptr;
    QLabel *m_notice = nullptr;
    QTimer m_noticeEnds;
    SnapshotWriter m_snapshots;
    QStackedWidget *m_places = nullptr;
    LivePage *m_live = nullptr;
    RecordingsPlace *m_recordings = nullptr;
    Place m_place = Place::Live;
    QMenu *m_menu = nullptr;
    QActionGroup *m_modeActions = nullptr;
    QTimer m_tick;
    QTimer m_statusDue;
};

} // namespace vedette::app
