// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/fleet/fleet_model.h"
#include "app/shell/console.h"
#include "app/shell/density.h"
#include "app/shell/live_cameras.h"
#include "app/wall/wall_widget.h"
#include "core/review/review_model.h"
#include "core/review/transport.h"

#include <QMainWindow>

class QDockWidget;
class QSettings;
class QStackedWidget;

namespace vedette::app {

class FirstStepPage;
class FleetDock;
class TelemetryDock;
class ReviewStrip;

/// The place Live: the wall, or the first step instead of an empty one, with its docks. Main thread.
class LivePage final : public QMainWindow {
    Q_OBJECT

public:
    /// settings: borrowed, may be null (nothing is remembered).
    LivePage(Console &console, QSettings *settings, const RendererChoice &renderer);

    WallWidget &wall() { return *m_wall; }
    /// What plays the cameras that have gone back in time.
    review::Transport &transport() { return m_transport; }
    review::ReviewModel &review() { return m_review; }
    /// Cameras that have gone back in time.
    const QStringList &replayed() const { return m_cameras.replayed(); }
    void toggleStrip();
    /// Whether the wall is there: not while the first step is.
    bool onWall() const;
    void setDensity(Density density);
    /// Without docks: the whole window is the wall.
    void setAlone(bool alone);
    void toggleFleet();
    void toggleTelemetry();
    void filterCameras();
    /// "Add by address".
    void openAddPage();
    void backToWall();
    /// The states of links count down.
    void tick();

Q_SIGNALS:
    /// onWall() is another.
    void pageChanged();
    /// With the cameras and the moment that are shown here.
    void recordingsWanted();

private:
    void buildDocks();
    void addKeys();
    void connectParts();
    QDockWidget *makeDock(const QString &title, const QString &name, QWidget *content, Qt::DockWidgetArea area);
    void showDock(QDockWidget *dock, bool shown);
    void placeDocks();
    void updatePage();
    void updateTelemetry();
    void updateLanes();
    void updateReplayed();
    void addAddress(const Address &address);

    Console &m_console;
    QSettings *m_settings;
    FleetModel m_fleetModel;
    recordings::Player m_player;
    LiveCameras m_cameras;
    review::ReviewModel m_review;
    review::Transport m_transport;
    QStackedWidget *m_stack;
    WallWidget *m_wall;
    FirstStepPage *m_firstStep;
    ReviewStrip *m_strip;
    FleetDock *m_fleet = nullptr;
    TelemetryDock *m_telemetry = nullptr;
    QDockWidget *m_fleetDock = nullptr;
    QDockWidget *m_telemetryDock = nullptr;
    bool m_fleetWanted = true;     ///< as the operator left it; a dock closed by size comes back with size
    bool m_telemetryWanted = true;
    bool m_stripWanted = true;
    bool m_anyCamera = false;
    bool m_alone = false;
    bool m_adding = false;
    Density m_density = Density::Full;
};

} // namespace vedette::app
