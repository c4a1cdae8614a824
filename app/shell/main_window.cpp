// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/main_window.h"

#include "app/recordings/timeline_widget.h"
#include "app/shell/fleet_summary.h"
#include "app/shell/live_page.h"
#include "app/shell/rail.h"
#include "app/shell/recordings_place.h"
#include "app/shell/status_bar.h"
#include "app/shell/top_bar.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QVBoxLayout>

namespace vedette::app {

namespace {

constexpr int kCompactBelow = 1500, kSmallBelow = 1100; // logical pixels at the base font
constexpr int kNotice = 6000; // ms
constexpr int kTick = 500; // ms, for the countdowns of links

} // namespace

MainWindow::MainWindow(Console &console, QSettings *settings, const QPalette &systemPalette, ThemeMode theme,
                       const RendererChoice &renderer)
    : m_console(console), m_settings(settings), m_systemPalette(systemPalette), m_theme(theme), m_rail(new Rail),
      m_topBar(new TopBar), m_status(new StatusBar), m_notice(new QLabel),
      m_snapshots(QStandardPaths::writableLocation(QStandardPaths::PicturesLocation) + QStringLiteral("/Vedette")), m_places(new QStackedWidget), m_live(new LivePage(console, settings, renderer)),
      m_recordings(new RecordingsPlace(console, renderer))
{
    setWindowTitle(QStringLiteral("Vedette"));
    setWindowIcon(QIcon(QStringLiteral(":/vedette.svg")));
    setMinimumSize(960, 540);

    m_rail->addPlace(int(Place::Live), QStringLiteral("live"), tr("Live"), QStringLiteral("Ctrl+1"));
    m_rail->addPlace(int(Place::Recordings), QStringLiteral("recordings"), tr("Recordings"), QStringLiteral("Ctrl+2"));
    m_rail->setCurrent(int(Place::Live));
    m_topBar->setPlace(tr("Live"));
    m_places->addWidget(m_live);
    m_places->addWidget(m_recordings);

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
    page->addWidget(m_places, 1);
    upper->addLayout(page, 1);
    rows->addLayout(upper, 1);
    m_notice->setContentsMargins(12, 4, 12, 4);
    m_notice->setTextFormat(Qt::PlainText);
    m_notice->hide();
    rows->addWidget(m_notice);
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
    updateTools();
    updateStatus();
}

MainWindow::~MainWindow() = default;

WallWidget &MainWindow::wall()
{
    return m_live->wall();
}

WallWidget &MainWindow::shownWall()
{
    return m_place == Place::Live ? m_live->wall() : m_recordings->wall();
}

/// What the bar and the menu tell of the wall that is shown.
void MainWindow::updateTools()
{
    m_topBar->setToolsEnabled(m_place == Place::Recordings || m_live->onWall());
    m_topBar->setMode(shownWall().mode());
    m_topBar->setLevel(shownWall().overlayLevel());
    for (QAction *action : m_modeActions->actions())
        action->setChecked(action->data().toInt() == idOf(shownWall().mode()));
}

void MainWindow::setPlace(Place place)
{
    if (place == m_place) {
        if (place == Place::Live)
            m_live->backToWall();
        return;
    }
    m_place = place;
    if (place == Place::Recordings) {
        // Cameras, moment, scale and play state go along; what has gone back in time in Live stays there as it is.
        m_recordings->comeFrom(m_live->review(), m_live->transport().playing());
        m_live->transport().rest();
        m_places->setCurrentWidget(m_recordings);
        m_topBar->setPlace(tr("Recordings"));
        m_recordings->page().timeline().setFocus(Qt::OtherFocusReason);
    } else {
        m_places->setCurrentWidget(m_live);
        m_live->transport().wake();
        m_topBar->setPlace(tr("Live"));
        m_live->wall().setFocus(Qt::OtherFocusReason);
    }
    m_rail->setCurrent(int(place));
    updateTools();
}

void MainWindow::takeSnapshot()
{
    const QString camera = shownWall().selected();
    const media::Frame frame = shownWall().frame(camera);
    if (frame.isNull())
        return showNotice(tr("There is no picture to keep."));
    const CameraStream *stream = m_console.streams().find(camera);
    m_snapshots.write(camera, stream ? stream->feed().name : QString(), frame);
}

void MainWindow::showNotice(const QString &sentence)
{
    m_notice->setText(sentence);
    m_notice->show();
    m_noticeEnds.start();
}

void MainWindow::openFolder()
{
    auto *dialog = new QFileDialog(this, tr("Open a folder of recordings"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &folder) {
        m_console.addRecordings(folder);
        setPlace(Place::Recordings);
    });
    dialog->open();
}

void MainWindow::connectParts()
{
    for (WallWidget *each : {&m_live->wall(), &m_recordings->wall()})
        connect(each, &WallWidget::modeChanged, this, &MainWindow::updateTools);
    connect(m_topBar, &TopBar::modeChosen, this, [this](const WallMode &mode) { shownWall().setMode(mode); });
    connect(m_topBar, &TopBar::levelChosen, this, [this](OverlayLevel level) { shownWall().setOverlayLevel(level); });
    connect(m_rail, &Rail::placeChosen, this, [this](int id) { setPlace(Place(id)); });
    connect(m_live, &LivePage::recordingsWanted, this, [this] { setPlace(Place::Recordings); });
    connect(&m_recordings->page(), &RecordingsPage::openFolderWanted, this, &MainWindow::openFolder);
    connect(&m_recordings->page(), &RecordingsPage::addAgentWanted, this, [this] {
        setPlace(Place::Live);
        m_live->openAddPage();
    });
    connect(m_topBar, &TopBar::fullScreenWanted, this, &MainWindow::toggleFullScreen);
    connect(m_live, &LivePage::pageChanged, this, &MainWindow::updateTools);
    connect(&m_console.streams(), &CameraStreams::healthChanged, this, [this] {
        if (!m_statusDue.isActive())
            m_statusDue.start();
    });
    connect(&m_console, &Console::linksChanged, this, &MainWindow::updateStatus);
    connect(&m_snapshots, &SnapshotWriter::written, this, [this](const QString &file) { showNotice(tr("Snapshot: %1").arg(QDir::toNativeSeparators(file))); });
    connect(&m_snapshots, &SnapshotWriter::failed, this, &MainWindow::showNotice);
    m_noticeEnds.setSingleShot(true);
    m_noticeEnds.setInterval(kNotice);
    connect(&m_noticeEnds, &QTimer::timeout, m_notice, &QLabel::hide);
    m_statusDue.setSingleShot(true);
    m_statusDue.setInterval(0); // many cameras change at once when a server goes
    connect(&m_statusDue, &QTimer::timeout, this, &MainWindow::updateStatus);
    m_tick.setInterval(kTick);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        updateStatus();
        m_live->tick();
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
    addKey(tr("Filter cameras"), Qt::Key_Slash, [this] { m_live->filterCameras(); });
    addKey(tr("Back to the wall"), Qt::Key_Escape, [this] {
        if (shownWall().isEnlarged())
            shownWall().setEnlarged(false);
        else if (isFullScreen())
            toggleFullScreen();
        shownWall().setFocus(Qt::OtherFocusReason);
    });
    addKey(tr("Snapshot"), Qt::Key_S, [this] { takeSnapshot(); });
    addKey(tr("Live"), QKeySequence(Qt::CTRL | Qt::Key_1), [this] { setPlace(Place::Live); });
    addKey(tr("Recordings"), QKeySequence(Qt::CTRL | Qt::Key_2), [this] { setPlace(Place::Recordings); });
}

void MainWindow::addLayoutActions(QMenu *layouts)
{
    m_modeActions = new QActionGroup(this);
    const auto add = [this, layouts](int id, const QString &text, const QKeySequence &key) {
        QAction *action = addKey(text, key, [this, id] { shownWall().setMode(modeOf(id)); });
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
    m_menu->addAction(tr("Add by address…"), this, [this] {
        setPlace(Place::Live);
        m_live->openAddPage();
    });
    m_menu->addAction(tr("Open recordings…"), this, &MainWindow::openFolder);
    m_menu->addSeparator();
    addLayoutActions(m_menu->addMenu(tr("Layout")));
    m_menu->addAction(addKey(tr("Overlay level"), Qt::Key_I, [this] {
        shownWall().setOverlayLevel(OverlayLevel((int(shownWall().overlayLevel()) + 1) % 3));
        m_topBar->setLevel(shownWall().overlayLevel());
    }));
    QAction *full = addKey(tr("Full screen"), Qt::Key_F, [this] { toggleFullScreen(); });
    full->setShortcuts({QKeySequence(Qt::Key_F), QKeySequence(Qt::Key_F11)});
    m_menu->addAction(full);
    m_menu->addSeparator();
    m_menu->addAction(addKey(tr("Fleet dock"), Qt::Key_D, [this] { m_live->toggleFleet(); }));
    m_menu->addAction(addKey(tr("Telemetry dock"), Qt::Key_C, [this] { m_live->toggleTelemetry(); }));
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
    const Density density = logical < kSmallBelow ? Density::Small : logical < kCompactBelow ? Density::Compact : Density::Full;
    m_rail->setWords(density != Density::Small);
    m_topBar->setToolsShown(density == Density::Full);
    m_live->setDensity(density);
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
    m_live->setAlone(full);
    setWindowState(windowState() ^ Qt::WindowFullScreen);
    shownWall().setFocus(Qt::OtherFocusReason);
}

// Content ---------------------------------------------------------------------------------------------------------------

void MainWindow::updateStatus()
{
    m_status->setSummary(summarize(m_console), m_console.links());
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
                                    .arg(QStringLiteral(VEDETTE_VERSION), rendererText(wall().renderer()).toHtmlEscaped()),
                                QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setModal(false);
    box->show();
}

} // namespace vedette::app
