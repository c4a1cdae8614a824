// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_health.h"

#include <algorithm>

namespace vedette::agent {

bool isFresh(const protocol::CameraStatus &camera)
{
    double limitMs = 2000;
    if (!camera.streams.isEmpty() && camera.streams.first().framerate > 0)
        limitMs = std::max(limitMs, 3 * 1000 / camera.streams.first().framerate);
    return camera.lastFrameAgeMs && static_cast<double>(*camera.lastFrameAgeMs) < limitMs;
}

QString whyNoPicture(const protocol::CameraStatus &camera)
{
    for (const protocol::StageStatus &stage : camera.stages) {
        const bool ofMain = stage.stage == QLatin1String("source") || stage.stage == QLatin1String("encoder");
        if (!ofMain || stage.state == protocol::StageState::Running)
            continue;
        const QString text = QStringLiteral("its %1 is %2").arg(stage.stage, toString(stage.state));
        return stage.reason.isEmpty() ? text : text + QStringLiteral(": ") + stage.reason;
    }
    return {};
}

} // namespace vedette::agent
