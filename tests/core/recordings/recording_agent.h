// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"
#include "core/protocol/routes.h"
#include "core/protocol/status.h"
#include "edge-agent/http/http_server.h"
#include "edge-agent/recordings/catalog.h"
#include "edge-agent/recordings/recording_routes.h"
#include "tests/core/recordings/recorded_files.h"
#include "tests/edge-agent/recordings/recording_folder.h"
#include "tests/support/manual_clock.h"

#include <QEventLoop>
#include <QTemporaryDir>

#include <future>

namespace vedette::test {

/// An agent's real catalog behind its real HTTP port on a thread of its own, without cameras: what it recorded is told by
/// the test. Each camera is recorded in stream main.
class RecordingAgent {
public:
    explicit RecordingAgent(const Clock &clock, QString id = QStringLiteral("pi-1"), QStringList cameras = {QStringLiteral("gate")})
        : m_clock(clock), m_id(std::move(id)), m_cameras(std::move(cameras))
    {
        start();
    }
    ~RecordingAgent() { stop(); }

    /// On the port it had, if it had one.
    void start()
    {
        std::promise<int> port;
        auto ready = port.get_future();
        m_worker = Worker("agent", [this, &port](const std::stop_token &stop) { run(stop, port); });
        m_port = ready.get();
    }
    void stop() { m_worker.stop(); }
    int port() const { return m_port; }
    QString url() const { return QStringLiteral("http://127.0.0.1:%1").arg(m_port); }
    QString folder() const { return m_dir.path(); }
    agent::Catalog &catalog() { return *m_catalog; }

    /// A finished file of plan.pictures pictures, finished or still open by the plan.
    agent::RecordedSegment record(const QString &camera, const SegmentPlan &plan)
    {
        agent::RecordedSegment segment;
        segment.name.camera = camera;
        segment.name.start = std::chrono::floor<std::chrono::seconds>(plan.from);
        segment.name.run = plan.run;
        segment.from = segment.to = plan.from;
        segment.codec = media::Codec::H264;
        m_catalog->segmentOpened(segment);
        progress(segment, plan);
        return segment;
    }
    void progress(agent::RecordedSegment &segment, const SegmentPlan &plan)
    {
        const QByteArray bytes = segmentBytes(plan);
        writeBytes(m_dir.filePath(segment.name.path()), bytes);
        segment.bytes = static_cast<std::uint64_t>(bytes.size());
        // Without its end the last picture is still held back, and what came after the last border of a fragment.
        const int whole = plan.finished ? plan.pictures : (plan.pictures - 1) / 10 * 10;
        segment.frames = static_cast<std::uint64_t>(whole);
        segment.to = plan.from + kPictureTime * whole;
        if (plan.finished)
            m_catalog->segmentFinished(segment, true);
        else
            m_catalog->segmentProgressed(segment);
    }

private:
    void run(const std::stop_token &stop, std::promise<int> &port)
    {
        QList<protocol::RecordingLane> lanes;
        protocol::AgentStatus status;
        status.id = m_id;
        status.name = m_id;
        status.version = QStringLiteral("1");
        status.bootId = QStringLiteral("boot");
        status.spool = QStringLiteral("spool");
        for (const QString &each : m_cameras) {
            lanes.append({each, QStringLiteral("main")});
            protocol::CameraStatus camera;
            camera.id = each;
            camera.name = QStringLiteral("The ") + each;
            camera.source = QStringLiteral("test");
            status.cameras.append(camera);
        }
        auto catalog = agent::Catalog::open({m_dir.path(), lanes, QStringLiteral("boot"),
                                             [this] { return agent::LedgerTime{m_clock.now(), m_clock.utcNow(), true}; }, recoverBytes, {}});
        agent::HttpServer server;
        if (!catalog)
            qFatal("the catalog cannot be opened");
        m_catalog = catalog->get();
        agent::addRecordingRoutes(server, [this]() -> Result<agent::Catalog *> { return m_catalog; }, m_clock);
        server.addRoute(QString::fromLatin1(protocol::routes::kStatus), agent::HttpPolicy::Read, [this, status](const agent::HttpRequest &) {
            protocol::AgentStatus now = status;
            now.time = m_clock.utcNow();
            agent::HttpResponse response;
            response.body = protocol::toJson(now);
            return response;
        });
        if (const auto started = server.start(QStringLiteral("127.0.0.1"), m_port); !started)
            qFatal("%s", qPrintable(started.error().text()));
        QEventLoop loop;
        const std::stop_callback quit(stop, [&loop] { QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection); });
        port.set_value(server.port());
        loop.exec();
        server.stop();
        (*catalog)->stop();
    }

    const Clock &m_clock;
    const QString m_id;
    const QStringList m_cameras;
    QTemporaryDir m_dir;
    int m_port = 0;
    agent::Catalog *m_catalog = nullptr;
    Worker m_worker;
};

} // namespace vedette::test
