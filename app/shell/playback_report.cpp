// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/playback_report.h"

#include "app/recordings/timeline_widget.h"
#include "app/shell/main_window.h"
#include "app/shell/recordings_place.h"

#include <QJsonObject>
#include <QPixmap>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr int kLook = 100; // ms

} // namespace

PlaybackReport::PlaybackReport(Console &console, MainWindow &window, QString file, int cameras, QObject *parent)
    : QObject(parent), m_console(console), m_window(window), m_file(std::move(file)), m_wanted(cameras)
{
    m_timer.setInterval(kLook);
    connect(&m_timer, &QTimer::timeout, this, &PlaybackReport::look);
    connect(&m_window.recordings().wall(), &WallWidget::framePresented, this, [this](const QString &camera, const media::Frame &frame) {
        if (!m_sought || !frame.capture)
            return;
        // One from before the seek may still have been on its way.
        if (!m_first.contains(camera) || frame.capture->captured < m_first[camera])
            m_first.insert(camera, frame.capture->captured);
        m_last.insert(camera, frame.capture->captured);
        ++m_shown[camera];
    });
}

void PlaybackReport::start()
{
    m_started = m_console.clock().now();
    m_window.setPlace(MainWindow::Place::Recordings);
    m_timer.start();
}

void PlaybackReport::look()
{
    const MonoTime now = m_console.clock().now();
    RecordingsPlace &place = m_window.recordings();
    const auto lanes = place.page().lanes();
    if (!m_sought && lanes.size() >= m_wanted) {
        UtcTime first = m_console.clock().utcNow() - kBack;
        const UtcTime left = first;
        for (const recordings::LaneExtent &extent : m_console.library().lanes())
            first = std::max(first, extent.first);
        m_sought = true;
        place.review().show(left, m_console.clock().utcNow(), place.page().timeline().width());
        place.review().seek(first);
        place.page().transport().play();
    }
    const bool played = m_sought && int(m_first.size()) >= m_wanted
        && std::all_of(m_first.keyBegin(), m_first.keyEnd(), [this](const QString &id) { return m_last[id] - m_first[id] >= kPlayed; });
    if (played || now - m_started >= kPatience)
        end();
}

QJsonArray PlaybackReport::cameras() const
{
    QJsonArray cameras;
    for (const RecordingsPage::PageLane &each : m_window.recordings().page().lanes()) {
        const QString id = each.lane.camera;
        const recordings::LaneState state = m_window.recordings().player().state(each.lane);
        cameras << QJsonObject{{QStringLiteral("id"), id},
                               {QStringLiteral("source"), state.source},
                               {QStringLiteral("shown"), m_shown.value(id)},
                               {QStringLiteral("seconds"), double((m_last.value(id) - m_first.value(id)).count()) / 1e6},
                               {QStringLiteral("skew_ms"), double(state.skew.count()) / 1000}};
    }
    return cameras;
}

QString PlaybackReport::complaint() const
{
    const auto lanes = m_window.recordings().page().lanes();
    if (lanes.size() < m_wanted)
        return QStringLiteral("Only %1 of %2 cameras have recordings.").arg(lanes.size()).arg(m_wanted);
    for (const RecordingsPage::PageLane &each : lanes) {
        if (m_last.value(each.lane.camera) - m_first.value(each.lane.camera) < kPlayed)
            return QStringLiteral("The recording of the camera %1 did not play: %2")
                .arg(each.lane.camera, m_window.recordings().player().state(each.lane).reason);
    }
    return {};
}

void PlaybackReport::end()
{
    m_timer.stop();
    QString sentence = complaint();
    if (!m_window.grab().save(m_file) && sentence.isEmpty())
        sentence = QStringLiteral("The picture '%1' cannot be written.").arg(m_file);
    Q_EMIT finished(sentence);
}

} // namespace vedette::app
