// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/recordings_place.h"

#include "app/recordings/timeline_widget.h"
#include "core/review/camera_lane.h"

#include <QAction>
#include <QJsonObject>
#include <QVBoxLayout>

namespace vedette::app {

namespace {

/// Who does it, as far as this machine knows: agents write it beside what they keep.
QString userName()
{
    const QString name = qEnvironmentVariable("USER", qEnvironmentVariable("LOGNAME"));
    return name.isEmpty() ? QStringLiteral("console") : name;
}

} // namespace

RecordingsPlace::RecordingsPlace(Console &console, const RendererChoice &renderer)
    : m_console(console), m_sound(console.clock()), m_player(console.library(), console.clock()), m_review(console.clock()), m_cameras(m_player, console.clock()),
      m_wall(new WallWidget(m_cameras, console.clock(), renderer)), m_page(new RecordingsPage(console.library(), m_player, m_review, m_wall))
{
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(m_page);
    connect(m_page, &RecordingsPage::lanesChanged, this, &RecordingsPlace::updateCameras);
    connect(m_page, &RecordingsPage::cameraSelected, m_wall, &WallWidget::select);
    connect(m_wall, &WallWidget::selectionChanged, this, [this](const QString &camera) {
        hear(camera);
        for (const RecordingsPage::PageLane &each : m_page->lanes()) {
            if (each.lane.camera == camera)
                return m_review.selectLane(review::CameraLane::idOf(each.lane));
        }
    });
    connect(m_page, &RecordingsPage::bookmarkWanted, this, &RecordingsPlace::bookmark);
    connect(m_page, &RecordingsPage::protectWanted, this, &RecordingsPlace::protect);
    connect(m_page, &RecordingsPage::removeBookmarkWanted, this, [this](const QString &camera, const QString &id) {
        takeBack(camera, id, QStringLiteral("unbookmark"), tr("Bookmark removed"));
    });
    connect(m_page, &RecordingsPage::unprotectWanted, this, [this](const QString &camera, const QString &id) {
        takeBack(camera, id, QStringLiteral("unprotect"), tr("Not protected any more"));
    });
    connect(&m_marks, &review::MarkFetcher::marksChanged, m_page, &RecordingsPage::setMarks);
    connect(&m_sound, &SoundOutput::problemChanged, this, [this] {
        if (!m_sound.problem().isEmpty())
            m_page->showNotice(m_sound.problem());
    });
    connect(&console.fleet(), &control::FleetStore::camerasChanged, this, &RecordingsPlace::updateCameras);
    auto *mute = new QAction(tr("Sound on, off"), this);
    mute->setShortcut(Qt::Key_M);
    mute->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(mute, &QAction::triggered, this, [this] {
        m_sound.setMuted(!m_sound.muted());
        m_page->showNotice(m_sound.muted() ? tr("Sound is off") : tr("Sound is on"));
    });
    addAction(mute);
    updateCameras();
}

RecordingsPlace::~RecordingsPlace() = default;

void RecordingsPlace::updateCameras()
{
    QList<RecordedCamera::Place> places;
    for (const RecordingsPage::PageLane &each : m_page->lanes())
        places.append({each.lane, each.name, false});
    m_cameras.setPlaces(places);
    QHash<QString, QUrl> ports;
    for (const RecordingsPage::PageLane &each : m_page->lanes()) {
        const auto camera = m_console.fleet().camera(each.lane.camera);
        const auto agent = camera ? m_console.fleet().agent(camera->agent) : std::nullopt;
        if (agent && !agent->status.httpUrl.isEmpty())
            ports.insert(each.lane.camera, QUrl(agent->status.httpUrl));
    }
    m_marks.setPorts(ports);
    hear(m_wall->selected());
}

void RecordingsPlace::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_marks.setWatched(true);
}

void RecordingsPlace::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_marks.setWatched(false);
}

/// The selected camera is the one that is heard.
void RecordingsPlace::hear(const QString &camera)
{
    for (const RecordingsPage::PageLane &each : m_page->lanes()) {
        if (each.lane.camera == camera)
            return m_player.setSound(each.lane, {[this](const media::Sound &sound, MonoTime due) { m_sound.put(sound, due); }, [this] { m_sound.flush(); }});
    }
    m_player.setSound({});
}

void RecordingsPlace::comeFrom(const review::ReviewModel &other, bool playing)
{
    m_review.show(other.axis(m_page->timeline().width()));
    m_review.selectLane(other.selectedLane());
    m_wall->select(other.selectedLane().section(QLatin1Char('/'), 0, 0));
    if (other.atLiveEdge()) {
        m_review.goLive();
        return;
    }
    m_review.seek(other.cursor());
    if (playing)
        m_page->transport().play();
    else
        m_page->transport().pause();
}

void RecordingsPlace::bookmark(const QStringList &cameras, UtcTime at, const QString &text)
{
    command(cameras, QStringLiteral("bookmark"), {{QStringLiteral("at"), qint64(toMicros(at))}, {QStringLiteral("text"), text}, {QStringLiteral("author"), userName()}},
            tr("Bookmarked"));
}

void RecordingsPlace::takeBack(const QString &camera, const QString &mark, const QString &name, const QString &done)
{
    if (const auto number = review::MarkFetcher::numberOf(mark))
        command({camera}, name, {{QStringLiteral("id"), qint64(*number)}, {QStringLiteral("author"), userName()}}, done);
}

void RecordingsPlace::protect(const QStringList &cameras, UtcTime from, UtcTime to, const QString &reason, int days)
{
    QJsonObject arguments{{QStringLiteral("from"), qint64(toMicros(from))}, {QStringLiteral("to"), qint64(toMicros(to))},
                          {QStringLiteral("reason"), reason}, {QStringLiteral("author"), userName()}};
    if (days > 0)
        arguments.insert(QStringLiteral("expires"), qint64(toMicros(m_console.clock().utcNow() + std::chrono::days{days})));
    command(cameras, QStringLiteral("protect"), arguments, tr("Protected"));
}

void RecordingsPlace::command(const QStringList &cameras, const QString &name, const QJsonObject &arguments, const QString &done)
{
    for (const QString &camera : cameras) {
        m_console.command({name, camera, arguments}, this, [this, camera, done](const Result<QJsonObject> &outcome) {
            m_marks.refresh();
            if (outcome)
                m_page->showNotice(done);
            else
                m_page->showNotice(tr("%1: %2").arg(camera, outcome.error().detail), true);
        });
    }
}

} // namespace vedette::app
