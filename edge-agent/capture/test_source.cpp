// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/test_source.h"

#include "core/base/wait.h"


#include <algorithm>
#include <cmath>
#include <cstring>

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
    if (context.faults) {
        if (auto opened = context.faults->open(); !opened)
            return fail(opened.error());
    }
    return std::unique_ptr<TestSource>(new TestSource(config, context));
}

TestSource::TestSource(const Config &config, const SourceContext &context)
    : m_config(config), m_context(context), m_scene(config.name, config.width, config.height), m_begin(context.clock.now())
{
}

Result<MonoTime> TestSource::waitForNext(std::stop_token stop)
{
    const double intervalUs = 1e6 / m_config.framerate;
    const auto dueNow = static_cast<std::int64_t>(static_cast<double>((m_context.clock.now() - m_begin).count()) / intervalUs);
    m_next = std::max(m_next, dueNow);
    if (!waitUntil(m_context.clock, m_begin + microseconds{std::llround(static_cast<double>(m_next) * intervalUs)}, stop))
        return fail(ErrorKind::Cancelled, QStringLiteral("The test picture was stopped."));
    ++m_next;
    return m_context.clock.now();
}

/// The faults in which it gives no picture.
Status TestSource::suffer(TestFault fault, std::stop_token stop)
{
    constexpr milliseconds kLook{20};
    if (fault == TestFault::Vanish)
        return fail(ErrorKind::Unavailable, QStringLiteral("The test camera was made to vanish."));
    if (m_context.faults->takeError())
        return fail(ErrorKind::Internal, QStringLiteral("The test camera was made to fail."));
    while (m_context.faults->now() == TestFault::Stall) {
        if (!waitUntil(m_context.clock, m_context.clock.now() + kLook, stop))
            return fail(ErrorKind::Cancelled, QStringLiteral("The test picture was stopped."));
    }
    return {};
}

Result<media::Frame> TestSource::draw(MonoTime captured)
{
    const TestFault fault = m_context.faults ? m_context.faults->now() : TestFault::None;
    const CaptureStamp stamp = m_context.stamp(captured, std::nullopt);
    if (fault != TestFault::NoiseFree)
        m_still.reset();
    else if (!m_still)
        m_still = {stamp, captured};
    media::FrameBuffer picture = m_still ? m_scene.draw(m_still->first, m_still->second) : m_scene.draw(stamp, captured);
    if (!picture.plane(0))
        return fail(ErrorKind::Unavailable, QStringLiteral("There is no memory for a picture of %1 × %2.").arg(m_config.width).arg(m_config.height));
    for (int plane = 0; plane < 3 && fault == TestFault::Black; ++plane) {
        const int rows = plane == 0 ? m_config.height : m_config.height / 2;
        std::memset(picture.plane(plane), plane == 0 ? 16 : 128, static_cast<std::size_t>(picture.stride(plane)) * static_cast<std::size_t>(rows));
    }
    media::Frame frame = picture.release(captured, microseconds{toMicros(captured)} + m_shift);
    frame.capture = stamp;
    return frame;
}

Result<media::Frame> TestSource::read(std::stop_token stop)
{
    const auto captured = waitForNext(stop);
    if (!captured)
        return fail(captured.error());
    if (!m_context.faults)
        return draw(*captured);
    if (!m_asked && !m_config.fault.isEmpty() && *captured - m_begin >= microseconds{std::llround(m_config.faultSeconds * 1e6)}) {
        m_asked = true;
        m_context.faults->inject(faultFromString(m_config.fault).value_or(TestFault::None), milliseconds{0});
    }
    if (auto suffered = suffer(m_context.faults->now(), stop); !suffered)
        return fail(suffered.error());
    m_shift += m_context.faults->takeJump();
    if (m_context.faults->now() == TestFault::Repeat && !m_last.isNull())
        return m_last;
    auto frame = draw(m_context.clock.now());
    if (frame)
        m_last = *frame;
    return frame;
}

} // namespace vedette::agent
