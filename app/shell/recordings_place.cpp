// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/recordings_place.h"

#include "app/recordings/timeline_widget.h"
#include "core/review/camera_lane.h"

#include <QJsonObject>
#include <QVBoxLayout>

namespace vedette::app {

RecordingsPlace::RecordingsPlace(Console &console, const RendererChoice &renderer)
    : m_console(console), m_player(console.library(), console.clock()), m_review(console.clock()), m_cameras(m_player, console.clock()),
      m_wall(new WallWidget(m_cameras, console.clock(), renderer)), m_page(new RecordingsPage(console.library(), m_player, m_review, m_wall))
{
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(m_page);
    connect(m_page, &RecordingsPage::lanesChanged, this, &RecordingsPlace::updateCameras);
    connect(m_page, &RecordingsPage::cameraSelected, m_wall, &WallWidget::select);
    connect(m_wall, &WallWidget::selectionChanged, this, [this](const QString &camera) {
        for (const RecordingsPage::PageLane &each : m_page->lanes()) {
            if (each.lane.camera == camera)
                return m_review.selectLane(review::CameraLane::idOf(each.lane));
        }
    });
    connect(m_page, &RecordingsPage::bookmarkWanted, this, &RecordingsPlace::bookmark);
    connect(m_page, &RecordingsPage::protectWanted, this, &RecordingsPlace::protect);
    updateCameras();
}

RecordingsPlace::~RecordingsPlace() = default;

void RecordingsPlace::updateCameras()
{
    QList<RecordedCamera::Place> places;
    for (const RecordingsPage::PageLane &each : m_page->lanes())
        places.append({each.lane, each.name, false});
    m_cameras.setPlaces(places);
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
    command(cameras, QStringLiteral("bookmark"), {{QStringLiteral("at"), qint64(toMicros(at))}, {QStringLiteral("text"), text}},
            tr("Bookmarked"));
}

void RecordingsPlace::protect(const QStringList &cameras, UtcTime from, UtcTime to, const QString &reason, int days)
{
    QJsonObject arguments{{QStringLiteral("from"), qint64(toMicros(from))}, {QStringLiteral("to"), qint64(toMicros(to))},
                          {QStringLiteral("reason"), reason}, {QStringLiteral("author"), QString::fromLocal8Bit(qgetenv("USER"))}};
    if (days > 0)
        arguments.insert(QStringLiteral("expires"), qint64(toMicros(m_console.clock().utcNow() + std::chrono::days{days})));
    command(cameras, QStringLiteral("protect"), arguments, tr("Protected"));
}

void RecordingsPlace::command(const QStringList &cameras, const QString &name, const QJsonObject &arguments, const QString &done)
{
    for (const QString &camera : cameras) {
        m_console.command({name, camera, arguments}, this, [this, camera, done](const Result<QJsonObject> &outcome) {
            if (outcome)
                m_page->showNotice(done);
            else
                m_page->showNotice(tr("%1: %2").arg(camera, outcome.error().detail), true);
        });
    }
}

} // namespace vedette::app
