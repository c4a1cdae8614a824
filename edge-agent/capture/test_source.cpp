// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/test_source.h"

#include "edge-agent/capture/pacing.h"

#include <algorithm>
#include <cmath>

namespace vedette::agent {

Result<std::unique_ptr<TestSource>> TestSource::create(Config config, const SourceContext &context)
{
    if (config.width == 0 && config.height == 0) {
        config.width = 1280;
        config.height = 720;
    }
    if (config.framerate == 0)
        config.framerate = 20;
    const auto wrong = [](int side) { return side < 16 || side > 8192 || side % 2 != 0; };
    if (wrong(config.width) || wrong(config.height))
        return fail(ErrorKind::InvalidInput, QStringLiteral("A test picture of %1 × %2 is not possible: both must be even and 16 to 8192.")
                                                 .arg(config.width).arg(config.height));
    if (!(config.framerate >= 0.1 && config.framerate <= 240))
        return fail(ErrorKind::InvalidInput, QStringLiteral("A test picture at %1 frames/s is not possible: 0.1 to 240.").arg(config.framerate));
    return std::unique_ptr<TestSource>(new TestSource(config, context));
}

TestSource::TestSource(const Config &config, const SourceContext &context)
    : m_config(config), m_context(context), m_scene(config.name, config.width, config.height), m_begin(context.clock.now())
{
}

Result<media::Frame> TestSource::read(std::stop_token stop)
{
    const double intervalUs = 1e6 / m_config.framerate;
    const auto dueNow = static_cast<std::int64_t>(static_cast<double>((m_context.clock.now() - m_begin).count()) / intervalUs);
    m_next = std::max(m_next, dueNow);
    if (!waitUntil(m_context.clock, m_begin + microseconds{std::llround(static_cast<double>(m_next) * intervalUs)}, stop))
        return fail(ErrorKind::Cancelled, QStringLiteral("The test picture was stopped."));
    ++m_next;
    const MonoTime captured = m_context.clock.now();
    const CaptureStamp stamp = m_context.stamp(captured, std::nullopt);
    media::FrameBuffer picture = m_scene.draw(stamp, captured);
    if (!picture.plane(0))
        return fail(ErrorKind::Unavailable, QStringLiteral("There is no memory for a picture of %1 × %2.").arg(m_config.width).arg(m_config.height));
    media::Frame frame = picture.release(captured, microseconds{toMicros(captured)});
    frame.capture = stamp;
    return frame;
}

} // namespace vedette::agent
