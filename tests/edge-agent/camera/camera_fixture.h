// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/camera.h"
#include "edge-agent/capture/capture_clock.h"
#include "tests/edge-agent/live_fixture.h"

namespace vedette::test {

/// What a Camera needs around it, with a clock that is trusted.
struct CameraFixture {
    SystemClock clock;
    agent::CaptureClock capture{clock, agent::ClockTrust::Always, agent::ClockProbes{}};
    agent::CameraEnvironment environment{clock, capture, 3};
};

inline const protocol::StageStatus &stage(const protocol::CameraStatus &status, const char *name)
{
    for (const auto &each : status.stages) {
        if (each.stage == QLatin1String(name))
            return each;
    }
    qFatal("no such stage");
}

inline protocol::StageState source(const agent::Camera &camera)
{
    return stage(camera.status(), "source").state;
}

/// As the single picture of a stream is made for HTTP; null when none comes.
inline agent::JpegPtr newestPicture(const agent::Camera &camera, const QString &stream = QStringLiteral("main"))
{
    return nextPicture(*camera.live(stream)->mjpeg(agent::MjpegFeed::kMostRate));
}

} // namespace vedette::test
