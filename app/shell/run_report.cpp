// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/run_report.h"

#include "app/shell/main_window.h"
#include "app/shell/playback_report.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QPixmap>
#include <QSaveFile>

#include <algorithm>
#include <cmath>

namespace vedette::app {

namespace {

constexpr int kLook = 100; // ms
constexpr int kBeat = 5;   // ms
constexpr std::size_t kKeptBeats = 1U << 20; // 87 minutes
/// The group of pictures that a server sends at once at the beginning must not be counted as speed.
constexpr milliseconds kSettle{1000};
constexpr std::size_t kKeptLatencies = 1U << 16; // a camera; 54 minutes at 20 frames/s

QString stateWord(live::TileState state)
{
    switch (state) {
    case live::TileState::Connecting: return QStringLiteral("connecting");
    case live::TileState::Live:
    case live::TileState::Unchanged: return QStringLiteral("live");
    case live::TileState::Stale: return QStringLiteral("stale");
    case live::TileState::Offline: return QStringLiteral("offline");
    }
    return {};
}

QString pathWord(const live::StreamPath &path)
{
    return path.url.isEmpty() ? QString() : live::pathName(path.kind);
}

double rounded(double value)
{
    return std::round(value * 100) / 100;
}

} // namespace

RunReport::RunReport(Plan plan, Console &console, MainWindow &window, QObject *parent)
    : QObject(parent), m_plan(std::move(plan)), m_console(console), m_window(window)
{
    m_timer.setInterval(kLook);
    connect(&m_timer, &QTimer::timeout, this, &RunReport::look);
    m_beat.setInterval(kBeat);
    m_beat.setTimerType(Qt::PreciseTimer);
    connect(&m_beat, &QTimer::timeout, this, &RunReport::beat);
    connect(&m_window.wall(), &WallWidget::framePresented, this, &RunReport::presented);
}

RunReport::~RunReport() = default;

void RunReport::start()
{
    m_started = m_console.clock().now();
    m_timer.start();
}

void RunReport::look()
{
    const MonoTime now = m_console.clock().now();
    if (m_counting) {
        if (now - m_begun >= std::chrono::seconds(m_plan.seconds))
            end();
        return;
    }
    const auto &streams = m_console.streams().all();
    const auto shown = std::count_if(streams.begin(), streams.end(), [this](const auto &stream) {
        return live::isLive(stream->condition().state) && m_window.wall().hasPicture(stream->feed().id);
    });
    const bool all = shown >= m_plan.cameras && shown == std::ptrdiff_t(streams.size());
    if (!all)
        m_allLive.reset();
    else if (!m_allLive)
        m_allLive = now;
    if (m_allLive && now - *m_allLive >= kSettle)
        begin();
    else if (now - m_started >= kPatience)
        end();
}

void RunReport::begin()
{
    m_counting = true;
    m_begun = m_console.clock().now();
    m_beatDue = m_begun + milliseconds{kBeat};
    m_beat.start();
    for (const auto &stream : m_console.streams().all())
        m_before.insert(stream->feed().id, stream->stats().decoded);
}

/// The main thread is asked for at every beat; what it was busy with makes it late.
void RunReport::beat()
{
    const MonoTime now = m_console.clock().now();
    // A block longer than a beat swallows beats: each of them would have waited for its end.
    for (; m_beatDue <= now && m_lateness.size() < kKeptBeats; m_beatDue += milliseconds{kBeat})
        m_lateness.push_back(float((now - m_beatDue).count()) / 1000);
}

void RunReport::presented(const QString &camera, const media::Frame &frame)
{
    if (m_counting)
        ++m_shown[camera];
    const CameraStream *stream = m_console.streams().find(camera);
    if (!m_counting || !stream || !frame.capture || !frame.capture->known)
        return;
    const auto &sender = stream->feed().clock;
    const Clock &clock = m_console.clock();
    const microseconds delay = (sender ? sender->now(clock.now()) : clock.utcNow()) - frame.capture->captured;
    m_latencies.try_emplace(camera, std::chrono::seconds(m_plan.seconds) + kPatience, kKeptLatencies)
        .first->second.add(m_console.clock().now(), double(delay.count()) / 1000);
}

QJsonObject RunReport::cameraReport(CameraStream &stream) const
{
    const live::StreamStats stats = stream.stats();
    const quint64 before = m_before.value(stream.feed().id);
    const quint64 frames = m_counting && stats.decoded >= before ? stats.decoded - before : 0;
    const double seconds = m_counting ? double((m_console.clock().now() - m_begun).count()) / 1e6 : 0;
    QJsonObject camera;
    camera.insert(QStringLiteral("id"), stream.feed().id);
    camera.insert(QStringLiteral("agent"), stream.feed().agent);
    camera.insert(QStringLiteral("state"), stateWord(stream.condition().state));
    camera.insert(QStringLiteral("frames"), qint64(frames));
    camera.insert(QStringLiteral("fps"), seconds > 0 ? rounded(double(frames) / seconds) : 0.0);
    camera.insert(QStringLiteral("shown"), qint64(m_shown.value(stream.feed().id)));
    camera.insert(QStringLiteral("path"), pathWord(stream.receiverState().path));
    const auto measured = m_latencies.find(stream.feed().id);
    // The receiver judges whether these clocks can be compared at all.
    const auto latency = measured == m_latencies.end() || !stats.latencyMs
                             ? std::nullopt
                             : measured->second.summary(m_console.clock().now());
    if (latency) {
        camera.insert(QStringLiteral("latency_ms"), QJsonObject{{QStringLiteral("p50"), rounded(latency->p50)},
                                                                {QStringLiteral("p95"), rounded(latency->p95)}});
    } else {
        camera.insert(QStringLiteral("latency_ms"), QJsonValue::Null);
    }
    return camera;
}

QJsonValue RunReport::latenessReport() const
{
    if (m_lateness.empty())
        return QJsonValue::Null;
    std::vector<float> sorted = m_lateness;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&sorted](double q) { return rounded(sorted[std::min(sorted.size() - 1, std::size_t(q * double(sorted.size())))]); };
    return QJsonObject{{QStringLiteral("p50"), at(0.5)}, {QStringLiteral("p999"), at(0.999)}, {QStringLiteral("max"), rounded(sorted.back())}};
}

QJsonObject RunReport::report() const
{
    QJsonArray cameras, agents;
    bool relay = false;
    for (const auto &stream : m_console.streams().all()) {
        cameras << cameraReport(*stream);
        relay |= stream->receiverState().path.kind == live::PathKind::Relay;
    }
    int withTelemetry = 0;
    for (const QString &id : m_console.fleet().agents()) {
        const auto entry = m_console.fleet().agent(id);
        agents << QJsonObject{{QStringLiteral("id"), id}, {QStringLiteral("url"), entry ? entry->status.httpUrl : QString()}};
        withTelemetry += m_console.telemetry().agents().contains(id) ? 1 : 0;
    }
    return {{QStringLiteral("gui_late_ms"), latenessReport()},
            {QStringLiteral("relay"), relay ? QStringLiteral("mediamtx") : QStringLiteral("direct")},
            {QStringLiteral("cameras"), cameras},
            {QStringLiteral("agents"), agents},
            {QStringLiteral("telemetry"), QJsonObject{{QStringLiteral("samples"), qint64(m_console.telemetry().sampleCount())},
                                                      {QStringLiteral("agents"), withTelemetry}}}};
}

QString RunReport::complaint() const
{
    const auto &streams = m_console.streams().all();
    if (int(streams.size()) < m_plan.cameras)
        return QStringLiteral("Only %1 of %2 cameras appeared within %3 s.").arg(streams.size()).arg(m_plan.cameras)
            .arg(std::chrono::duration_cast<std::chrono::seconds>(kPatience).count());
    for (const auto &stream : streams) {
        if (!live::isLive(stream->condition().state))
            return QStringLiteral("The camera %1 is %2: %3").arg(stream->feed().id, stateWord(stream->condition().state),
                                                                 stream->receiverState().reason);
    }
    if (!m_counting)
        return QStringLiteral("The cameras were not all live together within %1 s.")
            .arg(std::chrono::duration_cast<std::chrono::seconds>(kPatience).count());
    for (const QString &agent : m_console.fleet().agents()) {
        if (!m_console.telemetry().agents().contains(agent))
            return QStringLiteral("No telemetry of the agent %1 arrived.").arg(agent);
    }
    return {};
}

void RunReport::end()
{
    m_timer.stop();
    QString sentence = complaint();
    m_live = report();
    const QDir directory(m_plan.directory);
    if (!QDir().mkpath(m_plan.directory)) {
        Q_EMIT finished(1, QStringLiteral("The directory '%1' cannot be made.").arg(m_plan.directory));
        return;
    }
    const QString picture = directory.filePath(QStringLiteral("wall.png"));
    if (!m_window.grab().save(picture) && sentence.isEmpty())
        sentence = QStringLiteral("The picture '%1' cannot be written.").arg(picture);
    if (!m_plan.playback || !sentence.isEmpty())
        return write(sentence);
    m_beat.stop();
    m_counting = false;
    m_playback = std::make_unique<PlaybackReport>(m_console, m_window, directory.filePath(QStringLiteral("timeline.png")), m_plan.cameras);
    connect(m_playback.get(), &PlaybackReport::finished, this, &RunReport::write);
    m_playback->start();
}

void RunReport::write(QString sentence)
{
    QJsonObject whole = m_live;
    if (m_playback)
        whole.insert(QStringLiteral("playback"), m_playback->cameras());
    QSaveFile file(QDir(m_plan.directory).filePath(QStringLiteral("report.json")));
    const bool written = file.open(QIODevice::WriteOnly) && file.write(QJsonDocument(whole).toJson()) > 0 && file.commit();
    if (!written && sentence.isEmpty())
        sentence = QStringLiteral("The report '%1' cannot be written: %2.").arg(file.fileName(), file.errorString());
    Q_EMIT finished(sentence.isEmpty() ? 0 : 1, sentence);
}

} // namespace vedette::app
