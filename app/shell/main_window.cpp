// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/main_window.h"

#include "app/fleet/fleet_dock.h"
#include "app/shell/dock_title.h"
#include "app/shell/first_step_page.h"
#include "app/shell/fleet_summary.h"
#include "app/shell/rail.h"
#include "app/shell/status_bar.h"
#include "app/shell/top_bar.h"
#include "app/telemetry/telemetry_dock.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QMenu>
#include <QMessageBox>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace vedette::app {

namespace {

constexpr int kPlaceLive = 1;
constexpr int kFull = 2, kCompact = 1, kSmall = 0;
constexpr int kCompactBelow = 1500, kSmallBelow = 1100; // logical pixels at the base font
constexpr int kTick = 500; // ms, for the countdowns of links

} // namespace

MainWindow::MainWindow(Console &console, QSettings *settings, const QPalette &systemPalette, ThemeMode theme,
                       const RendererChoice &renderer)
    : m_console(console), m_settings(settings), m_systemPalette(systemPalette), m_theme(theme),
      m_fleetModel(console.fleet()), m_inner(new QMainWindow), m_rail(new Rail), m_topBar(new TopBar),
      m_status(new StatusBar), m_stack(new QStackedWidget),
      m_wall(new WallWidget(console.streams(), console.clock(), renderer)),
      m_firstStep(new FirstStepPage)
{
    setWindowTitle(QStringLiteral("Vedette"));
    setWindowIcon(QIcon(QStringLiteral(":/vedette.svg")));
    setMinimumSize(960, 540);
    m_rail->addPlace(kPlaceLive, QStringLiteral("live"), tr("Live"), QStringLiteral("Ctrl+1"));
    m_rail->setCurrent(kPlaceLive);
    m_topBar->setPlace(tr("Live"));

    m_stack->addWidget(m_wall);
    m_stack->addWidget(m_firstStep);
    m_inner->setWindowFlags(Qt::Widget);
    m_inner->setCentralWidget(m_stack);
    m_inner->setDockOptions(QMainWindow::AllowTabbedDocks | QMainWindow::AllowNestedDocks);
    buildDocks();

    auto *whole = new QWidget(this);
    auto *rows = new QVBoxLayout(whole);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    auto *upper = new QHBoxLayout;
    upper->setSpacing(0);
    upper->addWidget(m_rail);
    auto *page = new QVBoxLayout;
    page->setSpacing(0);
    page->addWidget(m_topBar);
    page->addWidget(m_inner, 1);
    upper->addLayout(page, 1);
    rows->addLayout(upper, 1);
    rows->addWidget(m_status);
    setCentralWidget(whole);

    buildActions();
    buildMenu();
    connectParts();
    setThemeMode(theme);
    const QRect screen = this->screen()->availableGeometry();
    resize(QSize(1440, 900).boundedTo(screen.size()));
    if (m_settings)
        restoreGeometry(m_settings->value(QStringLiteral("window/geometry")).toByteArray());
    updatePage();
    updateStatus();
    updateTelemetry();
}

MainWindow::~MainWindow() = default;

QDockWidget *MainWindow::makeDock(const QString &title, const QString &name, QWidget *content, Qt::DockWidgetArea area)
{
    auto *dock = new QDockWidget(title, m_inner);
    dock->setObjectName(name);
    dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetFloatable | QDockWidget::DockWidgetClosable);
    auto *bar = new DockTitle(title, dock);
    dock->setTitleBarWidget(bar);
    dock->setWidget(content);
    m_inner->addDockWidget(area, dock);
    connect(bar, &DockTitle::closeWanted, this, [this, dock] { showDock(dock, false); });
    return dock;
}

void MainWindow::buildDocks()
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
    }
}

void MainWindow::connectParts()
{
    connect(m_wall, &WallWidget::selectionChanged, this, [this](const QString &camera) {
        m_fleet->select(camera);
        updateTelemetry();
    });
    connect(m_wall, &WallWidget::modeChanged, this, [this] {
        m_topBar->setMode(m_wall->mode());
        for (QAction *action : m_modeActions->actions())
            action->setChecked(action->data().toInt() == idOf(m_wall->mode()));
    });
    connect(m_fleet, &FleetDock::cameraSelected, m_wall, &WallWidget::select);
    connect(m_fleet, &FleetDock::cameraActivated, this, [this](const QString &camera) {
        m_wall->select(camera);
        m_wall->setEnlarged(!m_wall->isEnlarged());
        m_wall->setFocus(Qt::OtherFocusReason);
    });
    connect(m_topBar, &TopBar::modeChosen, m_wall, &WallWidget::setMode);
    connect(m_topBar, &TopBar::levelChosen, m_wall, &WallWidget::setOverlayLevel);
    connect(m_topBar, &TopBar::fullScreenWanted, this, &MainWindow::toggleFullScreen);
    connect(m_firstStep, &FirstStepPage::addressEntered, this, &MainWindow::addAddress);
    connect(m_firstStep, &FirstStepPage::closed, this, [this] {
        m_adding = false;
        updatePage();
    });
    connect(&m_console.streams(), &CameraStreams::healthChanged, this, [this](const QString &camera) {
        if (const CameraStream *stream = m_console.streams().find(camera))
            m_fleetModel.setHealth(camera, stream->text().health);
        if (!m_statusDue.isActive())
            m_statusDue.start();
    });
    connect(&m_console.streams(), &CameraStreams::camerasChanged, this, [this] {
        for (const auto &stream : m_console.streams().all())
            m_fleetModel.setHealth(stream->feed().id, stream->text().health);
        if (!m_console.streams().all().empty())
            m_adding = false;
        updatePage();
        m_fleet->select(m_wall->selected());
        updateTelemetry();
    });
    connect(&m_console, &Console::linksChanged, this, [this] {
        updatePage();
        updateStatus();
    });
    connect(&m_console.fleet(), &control::FleetStore::agentChanged, this, &MainWindow::updateTelemetry);
    m_statusDue.setSingleShot(true);
    m_statusDue.setInterval(0); // many cameras change at once when a server goes
    connect(&m_statusDue, &QTimer::timeout, this, &MainWindow::updateStatus);
    m_tick.setInterval(kTick);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        updateStatus();
        if (m_stack->currentWidget() == m_firstStep)
            updatePage();
    });
    m_tick.start();
}

QAction *MainWindow::addKey(const QString &text, const QKeySequence &key, const std::function<void()> &run)
{
    auto *action = new QAction(text, this);
    action->setShortcut(key);
    connect(action, &QAction::triggered, this, run);
    addAction(action);
    return action;
}

void MainWindow::buildActions()
{
    addKey(tr("Menu"), Qt::Key_F10, [this] { m_rail->openMenu(); });
    addKey(tr("Filter cameras"), Qt::Key_Slash, [this] {
        showDock(m_fleetDock, true);
        m_fleet->focusFilter();
    });
    addKey(tr("Back to the wall"), Qt::Key_Escape, [this] {
        if (m_wall->isEnlarged())
            m_wall->setEnlarged(false);
        else if (isFullScreen())
            toggleFullScreen();
        m_wall->setFocus(Qt::OtherFocusReason);
    });
    addKey(tr("Live"), QKeySequence(Qt::CTRL | Qt::Key_1), [this] {
        m_adding = false;
        updatePage();
        m_wall->setFocus(Qt::OtherFocusReason);
    });
}

void MainWindow::addLayoutActions(QMenu *layouts)
{
    m_modeActions = new QActionGroup(this);
    const auto add = [this, layouts](int id, const QString &text, const QKeySequence &key) {
        QAction *action = addKey(text, key, [this, id] { m_wall->setMode(modeOf(id)); });
        action->setCheckable(true);
        action->setData(id);
        action->setChecked(id == kModeAutomatic);
        m_modeActions->addAction(action);
        layouts->addAction(action);
    };
    add(kModeAutomatic, tr("Automatic"), Qt::Key_9);
    for (int n = 1; n <= 8; ++n)
        add(n, n == 1 ? tr("One camera") : QStringLiteral("%1 × %1").arg(n), QKeySequence(Qt::Key_0 + n));
    add(kModeOnePlusN, tr("1 + N"), {});
}

void MainWindow::buildMenu()
{
    m_menu = new QMenu(this);
    m_menu->addAction(tr("Add by address…"), this, &MainWindow::openAddPage);
    m_menu->addSeparator();
    addLayoutActions(m_menu->addMenu(tr("Layout")));
    m_menu->addAction(addKey(tr("Overlay level"), Qt::Key_I, [this] {
        m_wall->setOverlayLevel(OverlayLevel((int(m_wall->overlayLevel()) + 1) % 3));
        m_topBar->setLevel(m_wall->overlayLevel());
    }));
    QAction *full = addKey(tr("Full screen"), Qt::Key_F, [this] { toggleFullScreen(); });
    full->setShortcuts({QKeySequence(Qt::Key_F), QKeySequence(Qt::Key_F11)});
    m_menu->addAction(full);
    m_menu->addSeparator();
    m_menu->addAction(addKey(tr("Fleet dock"), Qt::Key_D, [this] { showDock(m_fleetDock, !m_fleetDock->isVisible()); }));
    m_menu->addAction(addKey(tr("Telemetry dock"), Qt::Key_C, [this] { showDock(m_telemetryDock, !m_telemetryDock->isVisible()); }));
    QMenu *themes = m_menu->addMenu(tr("Theme"));
    auto *group = new QActionGroup(this);
    const std::pair<ThemeMode, QString> modes[] = {
        {ThemeMode::Dark, tr("Dark")}, {ThemeMode::Light, tr("Light")}, {ThemeMode::System, tr("As the desktop")}};
    for (const auto &[mode, text] : modes) {
        QAction *action = themes->addAction(text, this, [this, chosen = mode] { setThemeMode(chosen); });
        action->setCheckable(true);
        action->setChecked(mode == m_theme);
        group->addAction(action);
    }
    m_menu->addSeparator();
    m_menu->addAction(addKey(tr("Keys"), Qt::Key_Question, [this] { showKeys(); }));
    m_menu->addAction(tr("About Vedette"), this, &MainWindow::showAbout);
    m_menu->addAction(addKey(tr("Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), [this] { close(); }));
    m_rail->setMenu(m_menu);
}

void MainWindow::setThemeMode(ThemeMode mode)
{
    m_theme = mode;
    const Theme &theme = Theme::forMode(mode, m_systemPalette);
    qApp->setPalette(theme.palette());
    qApp->setStyleSheet(theme.styleSheet(fontScale(qApp->font())));
    if (m_settings)
        m_settings->setValue(QStringLiteral("theme"), mode == ThemeMode::Dark    ? QStringLiteral("dark")
                                                      : mode == ThemeMode::Light ? QStringLiteral("light")
                                                                                 : QStringLiteral("system"));
    update();
}

// Density ---------------------------------------------------------------------------------------------------------------

void MainWindow::applyDensity()
{
    const qreal logical = width() / fontScale(font());
    const int density = logical < kSmallBelow ? kSmall : logical < kCompactBelow ? kCompact : kFull;
    if (density != m_density) {
        m_density = density;
        m_rail->setWords(density != kSmall);
        m_topBar->setToolsShown(density == kFull);
        m_fleetDock->setVisible(m_fleetWanted && density >= kCompact);
        m_telemetryDock->setVisible(m_telemetryWanted && density == kFull && m_anyCamera);
    }
    const int fleet = scaled(font(), density == kFull ? 232 : 188);
    m_inner->resizeDocks({m_fleetDock, m_telemetryDock}, {fleet, scaled(font(), 288)}, Qt::Horizontal);
}

void MainWindow::showDock(QDockWidget *dock, bool shown)
{
    (dock == m_fleetDock ? m_fleetWanted : m_telemetryWanted) = shown;
    // Small windows have room for one dock at a time.
    if (shown && m_density == kSmall)
        (dock == m_fleetDock ? m_telemetryDock : m_fleetDock)->hide();
    dock->setVisible(shown);
    if (shown)
        applyDensity();
    if (m_settings) {
        m_settings->setValue(QStringLiteral("live/fleetDock"), m_fleetWanted);
        m_settings->setValue(QStringLiteral("live/telemetryDock"), m_telemetryWanted);
    }
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    applyDensity();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (m_settings)
        m_settings->setValue(QStringLiteral("window/geometry"), saveGeometry());
    QMainWindow::closeEvent(event);
}

void MainWindow::toggleFullScreen()
{
    const bool full = !isFullScreen();
    m_rail->setVisible(!full);
    m_topBar->setVisible(!full);
    m_status->setVisible(!full);
    m_fleetDock->setVisible(!full && m_fleetWanted && m_density >= kCompact);
    m_telemetryDock->setVisible(!full && m_telemetryWanted && m_density == kFull && m_anyCamera);
    setWindowState(windowState() ^ Qt::WindowFullScreen);
    m_wall->setFocus(Qt::OtherFocusReason);
}

// Content ---------------------------------------------------------------------------------------------------------------

void MainWindow::updatePage()
{
    const bool any = !m_console.streams().all().empty();
    if (any != m_anyCamera) {
        m_anyCamera = any;
        m_density = -1; // before the first camera there is no telemetry dock
        applyDensity();
    }
    m_firstStep->setLinks(m_console.links(), m_console.clock().now(), any);
    QWidget *page = any && !m_adding ? static_cast<QWidget *>(m_wall) : m_firstStep;
    m_topBar->setToolsEnabled(page == m_wall);
    if (m_stack->currentWidget() == page)
        return;
    m_stack->setCurrentWidget(page);
    if (page == m_wall)
        m_wall->setFocus(Qt::OtherFocusReason);
    else
        m_firstStep->focusField();
}

void MainWindow::updateStatus()
{
    m_status->setSummary(summarize(m_console), m_console.links());
}

void MainWindow::updateTelemetry()
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

void MainWindow::addAddress(const Address &address)
{
    m_console.add(address);
    if (!m_settings)
        return;
    QStringList remembered = m_settings->value(QStringLiteral("addresses")).toStringList();
    if (!remembered.contains(address.text()))
        m_settings->setValue(QStringLiteral("addresses"), remembered << address.text());
}

void MainWindow::openAddPage()
{
    m_adding = true;
    updatePage();
}

void MainWindow::showKeys()
{
    QStringList lines;
    for (const QAction *action : actions()) {
        if (!action->shortcuts().isEmpty())
            lines << QStringLiteral("<tr><td><b>%1</b>&nbsp;&nbsp;</td><td>%2</td></tr>")
                         .arg(QKeySequence::listToString(action->shortcuts(), QKeySequence::NativeText).toHtmlEscaped(),
                              action->text().toHtmlEscaped());
    }
    lines << QStringLiteral("<tr><td><b>%1</b>&nbsp;&nbsp;</td><td>%2</td></tr>").arg(tr("Arrows"), tr("Move the selection"))
          << QStringLiteral("<tr><td><b>%1</b>&nbsp;&nbsp;</td><td>%2</td></tr>").arg(tr("Enter"), tr("Enlarge the selected tile, and back"));
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("Keys"),
                                QStringLiteral("<table>%1</table>").arg(lines.join(QString())), QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->show();
}

void MainWindow::showAbout()
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("About Vedette"),
                                tr("<b>Vedette %1</b><br>Operations console for fleets of Raspberry Pi cameras.<br>"
                                   "GPL-3.0-or-later, without any warranty.<br><br>The wall is drawn by: %2.")
                                    .arg(QStringLiteral(VEDETTE_VERSION), rendererText(m_wall->renderer()).toHtmlEscaped()),
                                QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->show();
}

} // namespace vedette::app
