// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/sub_stream.h"

#include "core/base/wait.h"

#include <algorithm>

namespace vedette::agent {
namespace {

settings::CameraSettings ofSub(settings::CameraSettings settings)
{
    settings.width = settings.sub.width;
    settings.height = settings.sub.height;
    settings.framerate = settings.sub.framerate;
    settings.bitrateKbps = settings.sub.bitrateKbps;
    return settings;
}

} // namespace

SubStream::SubStream(const settings::CameraSettings &camera, const Clock &clock, OpenPictures open)
    : m_settings(ofSub(camera)), m_clock(clock), m_open(std::move(open)), m_stage(camera.id, QStringLiteral("encoder/sub"), clock),
      m_encode(m_settings, clock, m_tee, reportTo(m_stage))
{
}

void SubStream::start()
{
    m_encode.start();
    m_encode.release(); // nobody has asked yet
    m_feed = Worker("sub-" + m_settings.id.toStdString(), [this](std::stop_token stop) { feed(std::move(stop)); });
}

void SubStream::requestStop()
{
    m_feed.requestStop();
    m_encode.requestStop();
}

void SubStream::stop()
{
    m_feed.stop();
    m_encode.stop();
}

void SubStream::setFramerate(double framerate)
{
    const double most = m_settings.framerate;
    const double rate = most > 0 && (framerate <= 0 || framerate > most) ? most : framerate;
    m_framerate = rate;
    m_encode.setFramerate(rate);
}

protocol::StreamStatus SubStream::stream() const
{
    const media::StreamInfo info = m_tee->info();
    protocol::StreamStatus stream;
    stream.name = QStringLiteral("sub");
    stream.width = info.width;
    stream.height = info.height;
    stream.framerate = m_framerate;
    stream.codec = QString::fromLatin1(media::toString(media::Codec::H264));
    return stream;
}

void SubStream::feed(std::stop_token stop)
{
    std::unique_ptr<PictureSupply> pictures;
    MonoTime wanted{};
    while (!stop.stop_requested()) {
        const MonoTime now = m_clock.now();
        m_pulse.beat(now);
        if (m_tee->hasReaders())
            wanted = now;
        if (wanted == MonoTime{} || now - wanted > kLinger) {
            if (pictures)
                m_encode.release();
            pictures.reset();
            wanted = {};
            waitUntil(m_clock, m_clock.now() + kPoll, stop);
            continue;
        }
        if (!pictures) {
            pictures = m_open();
            m_due = microseconds::min();
        }
        if (auto frame = pictures->next(stop, kPoll); frame && isDue(*frame))
            m_encode.push(std::move(*frame));
    }
    m_pulse.rest();
}

/// Thins out to the rate of this stream, evenly where it divides that of the main stream.
bool SubStream::isDue(const media::Frame &frame)
{
    if (m_settings.framerate <= 0)
        return true;
    const microseconds interval{static_cast<std::int64_t>(1e6 / m_settings.framerate)};
    const bool known = m_due != microseconds::min() && frame.pts > m_due - 2 * interval && frame.pts < m_due + 2 * interval;
    if (known && frame.pts < m_due - interval / 10) // sources tremble
        return false;
    m_due = (known ? m_due : frame.pts) + interval;
    return true;
}

} // namespace vedette::agent
