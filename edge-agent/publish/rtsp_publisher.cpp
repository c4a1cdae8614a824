// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/rtsp_publisher.h"

#include "core/base/backoff.h"
#include "core/base/logging.h"
#include "core/base/secret.h"
#include "core/net/rtsp_pusher.h"

#include <condition_variable>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcPublish, "vedette.publish")

constexpr milliseconds kPoll{500};
constexpr milliseconds kFresh{2'000};
constexpr milliseconds kBackoffBase{500};
constexpr milliseconds kBackoffCap{10'000}; // the relay is ours: viewers wait for it

using protocol::StageState;

void sleepFor(milliseconds duration, std::stop_token stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, duration, [] { return false; });
}

} // namespace

QString relayStreamUrl(const QString &relayUrl, const QString &camera)
{
    QString url = relayUrl;
    while (url.endsWith(QLatin1Char('/')))
        url.chop(1);
    return url + QLatin1Char('/') + camera;
}

RtspPublisher::RtspPublisher(const QString &camera, const QString &url, const Clock &clock, std::shared_ptr<media::PacketTee> tee,
                             StageReport stage)
    : m_camera(camera), m_url(url), m_shownUrl(redact(url)), m_clock(clock), m_tee(std::move(tee)), m_stage(std::move(stage))
{
}

void RtspPublisher::start()
{
    m_worker = Worker("pub-" + m_camera.toStdString(), [this](std::stop_token stop) { run(std::move(stop)); });
}

void RtspPublisher::requestStop()
{
    m_worker.requestStop();
}

void RtspPublisher::stop()
{
    m_worker.stop();
}

void RtspPublisher::run(std::stop_token stop)
{
    Backoff backoff(kBackoffBase, kBackoffCap);
    m_stage(StageState::Starting, {}, std::nullopt);
    while (!stop.stop_requested()) {
        const MonoTime begun = m_clock.now();
        const Ended ended = runOnce(stop);
        if (ended == Ended::Stop)
            break;
        if (ended == Ended::NoPictures)
            m_stage(StageState::Idle, QStringLiteral("no pictures from the camera"), std::nullopt);
        if (ended != Ended::Failed)
            continue;
        if (m_clock.now() - begun > kLasted)
            backoff.reset();
        const bool denied = m_error.kind == ErrorKind::Denied;
        const milliseconds pause = denied ? kDeniedPause : backoff.next();
        const StageState state = denied ? StageState::Stopped : StageState::Waiting;
        m_stage(state, m_error.text(), pause);
        sleepFor(pause, stop);
        m_stage(state, m_error.text(), std::nullopt);
    }
    m_stage(StageState::Idle, {}, std::nullopt);
}

RtspPublisher::Ended RtspPublisher::runOnce(std::stop_token stop)
{
    // A new reader for each connection: what waited in the queue of the last one is old. Pictures from before an outage
    // of the camera are not pushed as new ones either.
    const media::PacketPtr last = m_tee->lastPacket();
    const bool fresh = last && m_clock.now() - last->arrival < kFresh;
    const auto start = fresh ? media::PacketTee::Start::CachedGroup : media::PacketTee::Start::NextKeyFrame;
    const media::PacketReaderPtr reader = m_tee->subscribe("relay", kQueue, start);
    media::PacketPtr packet;
    while (!packet || !packet->key) {
        packet = reader->read(stop, kPoll);
        if (stop.stop_requested() || (!packet && reader->ended()))
            return Ended::Stop;
    }
    return push(*reader, packet, reader->info(), stop);
}

RtspPublisher::Ended RtspPublisher::push(media::PacketReader &reader, media::PacketPtr packet, const media::StreamInfo &info,
                                         std::stop_token stop)
{
    auto pusher = net::RtspPusher::open(m_url, info, {.timeout = kTimeout}, stop);
    if (!pusher) {
        m_error = explain(pusher.error());
        return stop.stop_requested() ? Ended::Stop : Ended::Failed;
    }
    qCInfo(lcPublish).noquote() << "camera" << m_camera << "is pushed to" << m_shownUrl;
    ++m_connections;
    m_stage(StageState::Running, {}, std::nullopt);
    MonoTime newest = m_clock.now();
    while (true) {
        if (packet) {
            newest = m_clock.now();
            if (packet->key) {
                const media::StreamInfo now = reader.info();
                if (now.codec != info.codec || now.width != info.width || now.height != info.height)
                    return Ended::StreamChanged;
            }
        } else if (m_clock.now() - newest > kSilence) {
            return Ended::NoPictures;
        }
        if (const auto alive = packet ? (*pusher)->write(*packet, stop) : (*pusher)->idle(stop); !alive) {
            m_error = explain(alive.error());
            return stop.stop_requested() ? Ended::Stop : Ended::Failed;
        }
        if (packet)
            m_bytes += packet->data.size();
        packet = reader.read(stop, kPoll);
        if (stop.stop_requested() || (!packet && reader.ended()))
            return Ended::Stop;
    }
}

Error RtspPublisher::explain(const Error &error) const
{
    QString sentence;
    switch (error.kind) {
    case ErrorKind::Denied: sentence = QStringLiteral("The relay refuses the user name or password for %1").arg(m_shownUrl); break;
    case ErrorKind::NotFound: sentence = QStringLiteral("The relay has no path %1 (404)").arg(m_shownUrl); break;
    case ErrorKind::Timeout: sentence = QStringLiteral("The relay did not answer for %1 s at %2").arg(kTimeout.count() / 1000).arg(m_shownUrl); break;
    case ErrorKind::Cancelled: return error;
    default: sentence = QStringLiteral("The relay does not take %1").arg(m_shownUrl); break;
    }
    // The library's text names the URL too; once is enough.
    Error cause = error;
    if (cause.detail.startsWith(m_shownUrl + QStringLiteral(": ")))
        cause.detail = cause.detail.mid(m_shownUrl.size() + 2);
    return cause.wrap(sentence);
}

} // namespace vedette::agent
