// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/fleet/fleet_model.h"
#include "app/wall/wall_widget.h"
#include "app/shell/console.h"
#include "app/widgets/theme.h"

#include <QMainWindow>
#include <QTimer>

class QActionGroup;
class QDockWidget;
class QMenu;
class QSettings;
class QStackedWidget;

namespace vedette::app {

class FirstStepPage;
class FleetDock;
class Rail;
class StatusBar;
class TelemetryDock;
class TopBar;

/// The one window: rail, top bar, docks, wall, status bar. Knows all pages; nobody knows it. Main thread.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    /// settings: borrowed, may be null (nothing is remembered). systemPalette: of the desktop, before any theme.
    MainWindow(Console &console, QSettings *settings, const QPalette &systemPalette, ThemeMode theme,
               const RendererChoice &renderer = {});
    ~MainWindow() override;

    WallWidget &wall() { return *m_wall; }
    void setThemeMode(ThemeMode mode);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    void buildDocks();
    void buildActions();
    void buildMenu();
    void addLayoutActions(QMenu *layouts);
    void connectParts();
    QAction *addKey(const QString &text, const QKeySequence &key, const std::function<void()> &run);
    QDockWidget *makeDock(const QString &title, const QString &name, QWidget *content, Qt::DockWidgetArea area);
    void applyDensity();
    void showDock(QDockWidget *dock, bool shown);
    void updatePage();
    void updateStatus();
    void updateTelemetry();
    void addAddress(const Address &address);
    void openAddPage();
    void toggleFullScreen();
    void showKeys();
    void showAbout();

    Console &m_console;
    QSettings *m_settings;
    const QPalette m_systemPalette;
    ThemeMode m_theme;
    FleetModel m_fleetModel;
    QMainWindow *m_inner = nullptr; ///< holds the docks, so that rail, top bar and status bar stay outside them
    Rail *m_rail = nullptr;
    TopBar *m_topBar = nullptr;
    StatusBar *m_status = nullptr;
    QStackedWidget *m_stack = nullptr;
    WallWidget *m_wall = nullptr;
    FirstStepPage *m_firstStep = nullptr;
    FleetDock *m_fleet = nullptr;
    TelemetryDock *m_telemetry = nullptr;
    QDockWidget *m_fleetDock = nullptr;
    QDockWidget *m_telemetryDock = nullptr;
    QMenu *m_menu = nullptr;
    QActionGroup *m_modeActions = nullptr;
    bool m_fleetWanted = true;     ///< as the operator left it; a dock closed by size comes back with size
    bool m_telemetryWanted = true;
    bool m_anyCamera = false;
    int m_density = -1;
    bool m_adding = false;
    QTimer m_tick;
    QTimer m_statusDue;
};

} // namespace vedette::app
