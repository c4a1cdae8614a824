// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/settings/agent_settings.h"
#include "edge-agent/camera_stages.h"
#include "edge-agent/publish/publisher.h"

#include <memory>
#include <vector>

namespace vedette::agent {

/// What /metrics tells of one target.
struct TargetFigures {
    QString name;        ///< "relay", "relay/sub", or as the settings say
    protocol::StageState state = protocol::StageState::Idle;
    Publisher::Counts counts;
};

/// All places that one camera is pushed to: the relay and the targets of its settings, each with its own publisher, queue
/// and stage. The stage of the relay is "publisher" ("publisher/sub" for the sub stream), that of a target "target/NAME".
/// Main thread.
class CameraTargets {
public:
    /// sub: null where the camera has no sub stream.
    CameraTargets(const settings::CameraSettings &camera, const QString &relayUrl, const Clock &clock,
                  const std::shared_ptr<media::PacketTee> &main, const std::shared_ptr<media::PacketTee> &sub);

    void start();
    void requestStop();
    /// Idempotent.
    void stop();
    QList<protocol::StageStatus> stages() const;
    QList<TargetFigures> figures() const;
    /// Names of those whose thread owes a sign of life.
    QStringList silent(MonoTime now) const;

private:
    struct Entry {
        Entry(const QString &n, const QString &camera, const QString &stageName, const Clock &clock) : name(n), stage(camera, stageName, clock) {}
        const QString name;
        StageRecord stage;
        std::unique_ptr<Publisher> publisher; ///< null: not pushed, the stage says why
    };
    void add(const QString &name, const QString &stage, PublishTarget target, const std::shared_ptr<media::PacketTee> &tee);
    void addIdle(const QString &name, const QString &stage, const QString &reason);

    const QString m_camera;
    const Clock &m_clock;
    std::vector<std::unique_ptr<Entry>> m_entries;
};

} // namespace vedette::agent
