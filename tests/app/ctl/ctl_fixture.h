// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/vedettectl.h"
#include "core/protocol/routes.h"
#include "core/protocol/status.h"
#include "tests/support/canned_http.h"

#include <QBuffer>
#include <QJsonDocument>
#include <QJsonObject>

namespace vedette::test {

/// One run of vedettectl inside the test, with everything it says.
struct Ctl {
    QProcessEnvironment environment; // empty: nothing of the machine's own gets in
    SystemClock clock;
    app::Interrupt interrupt;
    QBuffer out;
    QBuffer err;

    Ctl()
    {
        out.open(QIODevice::ReadWrite);
        err.open(QIODevice::ReadWrite);
    }
    int run(const QStringList &arguments)
    {
        app::Surroundings around{clock, environment, out, err, interrupt};
        return app::runVedettectl(arguments, around);
    }
    /// Standard output as the one JSON object it must be; empty otherwise.
    QJsonObject json() const
    {
        if (!out.data().endsWith('\n') || out.data().count('\n') != 1)
            return {};
        return QJsonDocument::fromJson(out.data()).object();
    }
};

/// The status of an agent with one camera, gate, that is received at the URLs.
inline protocol::AgentStatus agentStatus(const QString &id, const QStringList &urls)
{
    protocol::StageStatus running{QStringLiteral("source"), protocol::StageState::Running, {}, utcFromMicros(1'790'000'000'000'000), {}};
    protocol::StageStatus waiting{QStringLiteral("publisher"), protocol::StageState::Waiting, QStringLiteral("rtsp://guard:hunter2@relay/gate: Connection refused"),
                                  utcFromMicros(1'790'000'000'000'000), {}};
    protocol::CameraStatus camera;
    camera.id = QStringLiteral("gate");
    camera.name = QStringLiteral("Gate street");
    camera.source = QStringLiteral("test");
    camera.streams.append({QStringLiteral("main"), 320, 192, 20, QStringLiteral("h264"), urls});
    camera.stages = {running, waiting};
    protocol::AgentStatus status;
    status.id = id;
    status.name = id;
    status.version = QStringLiteral("0.1.0");
    status.bootId = QStringLiteral("boot-1");
    status.time = SystemClock().utcNow();
    status.clockSynchronized = true;
    status.spool = QStringLiteral("spool-1");
    status.cameras = {camera};
    return status;
}

/// An agent's port that answers status with what agentStatus() gives at this moment.
inline void serveStatus(CannedHttp &http, const QString &id, const QStringList &urls)
{
    http.on(QString::fromLatin1(protocol::routes::kStatus),
            [id, urls](const CannedHttp::Request &) { return CannedHttp::Answer{protocol::toJson(agentStatus(id, urls))}; });
}

} // namespace vedette::test
