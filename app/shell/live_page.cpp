// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/live_page.h"

#include "app/fleet/fleet_dock.h"
#include "app/recordings/review_strip.h"
#include "app/shell/dock_title.h"
#include "app/shell/first_step_page.h"
#include "app/telemetry/telemetry_dock.h"
#include "app/widgets/theme.h"
#include "core/review/camera_lane.h"

#include <QDockWidget>
#include <QSettings>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace vedette::app {

LivePage::LivePage(Console &console, QSettings *settings, const RendererChoice &renderer)
    : m_console(console), m_settings(settings), m_fleetModel(console.fleet()), m_player(console.library(), console.clock()),
      m_cameras(console.streams(), console.library(), m_player, console.clock()), m_review(console.clock()),
      m_transport(m_review, console.library(), m_player), m_stack(new QStackedWidget),
      m_wall(new WallWidget(m_cameras, console.clock(), renderer)), m_firstStep(new FirstStepPage),
      m_strip(new ReviewStrip(m_review, m_transport, console.library()))
{
    setWindowFlags(Qt::Widget);
    setDockOptions(QMainWindow::AllowTabbedDocks | QMainWindow::AllowNestedDocks);
    m_stack->addWidget(m_wall);
    m_stack->addWidget(m_firstStep);
    auto *page = new QWidget;
    auto *rows = new QVBoxLayout(page);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_stack, 1);
    rows->addWidget(m_strip);
    setCentralWidget(page);
    connect(m_strip, &ReviewStrip::recordingsWanted, this, &LivePage::recordingsWanted);
    buildDocks();
    connectParts();
    addKeys();
    updatePage();
    updateTelemetry();
}

/// The same as in Recordings; they act on what has gone back in time, and bring the selected camera there.
void LivePage::addKeys()
{
    const auto add = [this](const QString &text, const QKeySequence &key, const std::function<void()> &run) {
        auto *action = new QAction(text, this);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, run);
        addAction(action);
    };
    add(tr("The last 30 s"), Qt::Key_R, [this] { m_transport.replay(std::chrono::seconds{30}); });
    add(tr("Live edge"), Qt::Key_End, [this] { m_review.goLive(); });
    add(tr("Hold, play"), Qt::Key_Space, [this] { m_transport.toggle(); });
    add(tr("Slower, then backward"), Qt::Key_J, [this] { m_transport.shuttle(-1); });
    add(tr("Pause"), Qt::Key_K, [this] { m_transport.pause(); });
    add(tr("Faster"), Qt::Key_L, [this] { m_transport.shuttle(1); });
    add(tr("Back one picture"), Qt::Key_Comma, [this] { m_transport.stepPictures(-1); });
    add(tr("Forward one picture"), Qt::Key_Period, [this] { m_transport.stepPictures(1); });
    add(tr("Timeline strip"), Qt::Key_T, [this] { toggleStrip(); });
}

bool LivePage::onWall() const
{
    return m_stack->currentWidget() == m_wall;
}

QDockWidget *LivePage::makeDock(const QString &title, const QString &name, QWidget *content, Qt::DockWidgetArea area)
{
    auto *dock = new QDockWidget(title, this);
    dock->setObjectName(name);
    dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetFloatable | QDockWidget::DockWidgetClosable);
    auto *bar = new DockTitle(title, dock);
    dock->setTitleBarWidget(bar);
    dock->setWidget(content);
    addDockWidget(area, dock);
    connect(bar, &DockTitle::closeWanted, this, [this, dock] { showDock(dock, false); });
    return dock;
}

void LivePage::buildDocks()
{
    m_fleet = new FleetDock(m_fleetModel, m_console.fleet());
    m_telemetry = new TelemetryDock(m_console.telemetry(), m_console.clock());
    m_fleetDock = makeDock(tr("Fleet"), QStringLiteral("fleetDock"), m_fleet, Qt::LeftDockWidgetArea);
    m_telemetryDock = makeDock(tr("Telemetry"), QStringLiteral("telemetryDock"), m_telemetry, Qt::RightDockWidgetArea);
    static_cast<DockTitle *>(m_fleetDock->titleBarWidget())
        ->addTool(QStringLiteral("add"), tr("Add by address"), [this] { openAddPage(); });
    if (m_settings) {
        m_fleetWanted = m_settings->value(QStringLiteral("live/fleetDock"), true).toBool();
        m_telemetryWanted = m_settings->value(QStringLiteral("live/telemetryDock"), true).toBool();
        m_stripWanted = m_settings->value(QStringLiteral("live/strip"), true).toBool();
    }
}

void LivePage::connectParts()
{
    connect(m_wall, &WallWidget::selectionChanged, this, [this](const QString &camera) {
        m_fleet->select(camera);
        m_review.selectLane(review::CameraLane::idOf(laneOf(m_console.library(), camera)));
        updateTelemetry();
    });
    connect(&m_review, &review::ReviewModel::cursorMoved, this, &LivePage::updateReplayed);
    connect(&m_review, &review::ReviewModel::seekWanted, this, [this] {
        // Another camera that is selected goes back alone.
        if (!m_cameras.replayed().contains(m_wall->selected()))
            m_cameras.setReplayed({});
        updateReplayed();
    });
    connect(&m_console.library(), &recordings::Library::lanesChanged, this, &LivePage::updateLanes);
    connect(m_fleet, &FleetDock::cameraSelected, m_wall, &WallWidget::select);
    connect(m_fleet, &FleetDock::cameraActivated, this, [this](const QString &camera) {
        m_wall->select(camera);
        m_wall->setEnlarged(!m_wall->isEnlarged());
        m_wall->setFocus(Qt::OtherFocusReason);
    });
    connect(m_firstStep, &FirstStepPage::addressEntered, this, &LivePage::addAddress);
    connect(m_firstStep, &FirstStepPage::closed, this, [this] {
        m_adding = false;
        updatePage();
    });
    connect(&m_console.streams(), &CameraStreams::healthChanged, this, [this](const QString &camera) {
        if (const CameraStream *stream = m_console.streams().find(camera))
            m_fleetModel.setHealth(camera, stream->text().health);
    });
    connect(&m_console.streams(), &CameraStreams::camerasChanged, this, [this] {
        for (const auto &stream : m_console.streams().all())
            m_fleetModel.setHealth(stream->feed().id, stream->text().health);
        if (!m_console.streams().all().empty())
            m_adding = false;
        updatePage();
        updateLanes();
        m_fleet->select(m_wall->selected());
        updateTelemetry();
    });
    connect(&m_console, &Console::linksChanged, this, &LivePage::updatePage);
    connect(&m_console.fleet(), &control::FleetStore::agentChanged, this, &LivePage::updateTelemetry);
}

void LivePage::tick()
{
    if (!onWall())
        updatePage();
}

// Docks -----------------------------------------------------------------------------------------------------------------

void LivePage::setDensity(Density density)
{
    if (density != m_density) {
        m_density = density;
        placeDocks();
    }
    const int fleet = scaled(font(), density == Density::Full ? 232 : 188);
    resizeDocks({m_fleetDock, m_telemetryDock}, {fleet, scaled(font(), 288)}, Qt::Horizontal);
}

void LivePage::placeDocks()
{
    m_fleetDock->setVisible(!m_alone && m_fleetWanted && m_density >= Density::Compact);
    m_telemetryDock->setVisible(!m_alone && m_telemetryWanted && m_density == Density::Full && m_anyCamera);
    m_strip->setVisible(!m_alone && m_stripWanted && onWall());
    m_strip->setFixedHeight(scaled(font(), m_density == Density::Full ? 124 : m_density == Density::Compact ? 86 : 62));
}

void LivePage::setAlone(bool alone)
{
    m_alone = alone;
    placeDocks();
}

void LivePage::showDock(QDockWidget *dock, bool shown)
{
    (dock == m_fleetDock ? m_fleetWanted : m_telemetryWanted) = shown;
    // Small windows have room for one dock at a time.
    if (shown && m_density == Density::Small)
        (dock == m_fleetDock ? m_telemetryDock : m_fleetDock)->hide();
    dock->setVisible(shown);
    if (shown)
        setDensity(m_density);
    if (m_settings) {
        m_settings->setValue(QStringLiteral("live/fleetDock"), m_fleetWanted);
        m_settings->setValue(QStringLiteral("live/telemetryDock"), m_telemetryWanted);
    }
}

void LivePage::toggleFleet()
{
    showDock(m_fleetDock, !m_fleetDock->isVisible());
}

void LivePage::toggleTelemetry()
{
    showDock(m_telemetryDock, !m_telemetryDock->isVisible());
}

void LivePage::filterCameras()
{
    showDock(m_fleetDock, true);
    m_fleet->focusFilter();
}

// Content ---------------------------------------------------------------------------------------------------------------

void LivePage::updatePage()
{
    const bool any = !m_console.streams().all().empty();
    if (std::exchange(m_anyCamera, any) != any)
        placeDocks(); // before the first camera there is no telemetry dock
    m_firstStep->setLinks(m_console.links(), m_console.clock().now(), any);
    QWidget *page = any && !m_adding ? static_cast<QWidget *>(m_wall) : m_firstStep;
    if (m_stack->currentWidget() == page)
        return;
    m_stack->setCurrentWidget(page);
    placeDocks();
    if (page == m_wall)
        m_wall->setFocus(Qt::OtherFocusReason);
    else
        m_firstStep->focusField();
    Q_EMIT pageChanged();
}

void LivePage::updateTelemetry()
{
    const CameraStream *stream = m_console.streams().find(m_wall->selected());
    QString agent = stream ? stream->feed().agent : QString();
    if (agent.isEmpty() && !m_console.fleet().agents().isEmpty())
        agent = m_console.fleet().agents().first();
    const auto entry = m_console.fleet().agent(agent);
    const QString name = entry && !entry->status.name.isEmpty() ? entry->status.name : agent;
    static_cast<DockTitle *>(m_telemetryDock->titleBarWidget())->setSubject(name);
    m_telemetry->setAgent(agent, name, entry && entry->online, entry ? entry->reason : QString());
}

// Back in time ----------------------------------------------------------------------------------------------------------

void LivePage::updateLanes()
{
    std::vector<std::unique_ptr<review::LaneSource>> lanes;
    for (const auto &stream : m_console.streams().all()) {
        const CameraFeed &feed = stream->feed();
        lanes.push_back(std::make_unique<review::CameraLane>(m_console.library(), laneOf(m_console.library(), feed.id), feed.name));
    }
    m_review.setLanes(std::move(lanes));
    m_review.selectLane(review::CameraLane::idOf(laneOf(m_console.library(), m_wall->selected())));
}

/// The play head rules: at the live edge all are live, elsewhere the selected camera is there with it.
void LivePage::updateReplayed()
{
    const QString selected = m_wall->selected();
    const QStringList &replayed = m_cameras.replayed();
    if (m_review.atLiveEdge()) {
        m_player.pause(); // nothing shows what it would play
        if (!replayed.isEmpty())
            m_cameras.setReplayed({});
    } else if (replayed.isEmpty() && !selected.isEmpty()) {
        m_cameras.setReplayed({selected});
    }
}

void LivePage::toggleStrip()
{
    m_stripWanted = !m_stripWanted;
    placeDocks();
    if (m_settings)
        m_settings->setValue(QStringLiteral("live/strip"), m_stripWanted);
}

void LivePage::addAddress(const Address &address)
{
    m_console.add(address);
    if (!m_settings)
        return;
    QStringList remembered = m_settings->value(QStringLiteral("addresses")).toStringList();
    if (!remembered.contains(address.text()))
        m_settings->setValue(QStringLiteral("addresses"), remembered << address.text());
}

void LivePage::openAddPage()
{
    m_adding = true;
    updatePage();
}

void LivePage::backToWall()
{
    m_adding = false;
    updatePage();
    m_wall->setFocus(Qt::OtherFocusReason);
}

} // namespace vedette::app
