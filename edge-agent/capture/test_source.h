// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/capture/source_factory.h"
#include "edge-agent/capture/test_scene.h"

namespace vedette::agent {

/// The camera that every machine has: a synthetic picture in real time, with clock and frame number for people and a
/// barcode strip for programs. When it cannot keep up it leaves pictures out, as a sensor does. Suffers the faults of its
/// context.
class TestSource final : public media::FrameSource {
public:
    struct Config {
        QString name;
        int width = 0;        ///< 0: 1280 by 720
        int height = 0;
        double framerate = 0; ///< 0: 20
        QString fault;        ///< suffered again and again; empty: none
        double faultSeconds = 0; ///< after each opening
    };
    /// InvalidInput for an odd or impossible size or rate; Unavailable while the camera has vanished.
    static Result<std::unique_ptr<TestSource>> create(Config config, const SourceContext &context);

    Result<media::Frame> read(std::stop_token stop) override;
    int width() const override { return m_config.width; }
    int height() const override { return m_config.height; }
    double framerate() const override { return m_config.framerate; }

private:
    TestSource(const Config &config, const SourceContext &context);

    Result<MonoTime> waitForNext(std::stop_token stop);
    Status suffer(TestFault fault, std::stop_token stop);
    Result<media::Frame> draw(MonoTime captured);

    const Config m_config;
    const SourceContext m_context;
    TestScene m_scene;
    const MonoTime m_begin;
    std::int64_t m_next = 0; ///< number of the picture due next, counted from m_begin
    bool m_asked = false;    ///< for the fault of the settings
    microseconds m_shift{0}; ///< of the time stamps
    media::Frame m_last;
    std::optional<std::pair<CaptureStamp, MonoTime>> m_still; ///< what all pictures show
};

} // namespace vedette::agent
