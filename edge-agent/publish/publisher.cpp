// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/publisher.h"

#include "core/base/backoff.h"
#include "core/base/logging.h"
#include "core/base/wait.h"
#include "edge-agent/publish/pusher.h"

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcPublish, "vedette.publish")

constexpr milliseconds kPoll{500};
constexpr milliseconds kOpening{60'000}; // several answers of at most kTimeout each
constexpr milliseconds kFresh{2'000};
constexpr milliseconds kBackoffBase{500};
constexpr milliseconds kSoon{60'000};
constexpr int kInTurn = 2; // once may be a relay that starts again

using protocol::StageState;

QString takenInTurn()
{
    return QStringLiteral("it is cut off again and again: most often another publisher takes this path in turn");
}

} // namespace

Publisher::Publisher(PublishTarget target, const Clock &clock, std::shared_ptr<media::PacketTee> tee, StageReport stage)
    : m_target(std::move(target)), m_clock(clock), m_tee(std::move(tee)), m_stage(std::move(stage))
{
}

void Publisher::start()
{
    m_worker = Worker("pub-" + m_target.camera.toStdString(), [this](std::stop_token stop) { run(std::move(stop)); });
}

void Publisher::requestStop()
{
    m_worker.requestStop();
}

void Publisher::stop()
{
    m_worker.stop();
}

void Publisher::run(std::stop_token stop)
{
    Backoff backoff(kBackoffBase, m_target.longestPause);
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
        ++m_failures;
        if (m_clock.now() - begun > kLasted)
            backoff.reset();
        const bool denied = m_error.kind == ErrorKind::Denied;
        const milliseconds pause = denied ? kDeniedPause : backoff.next();
        const StageState state = denied ? StageState::Stopped : StageState::Waiting;
        m_stage(state, m_error.text(), pause);
        m_pulse.beat(m_clock.now(), pause + Pulse::kUsual);
        waitUntil(m_clock, m_clock.now() + pause, stop);
        m_stage(state, m_error.text(), std::nullopt);
    }
    m_pulse.rest();
    m_stage(StageState::Idle, {}, std::nullopt);
}

Publisher::Ended Publisher::runOnce(std::stop_token stop)
{
    // A new reader for each connection: what waited in the queue of the last one is old. Pictures from before an outage
    // of the camera are not pushed as new ones either.
    const media::PacketPtr last = m_tee->lastPacket();
    const bool fresh = last && m_clock.now() - last->arrival < kFresh;
    const auto start = fresh ? media::PacketTee::Start::CachedGroup : media::PacketTee::Start::NextKeyFrame;
    const media::PacketReaderPtr reader = m_tee->subscribe("publisher", kQueue, start, media::PacketTee::Tracks::PicturesAndSound);
    media::PacketPtr packet;
    while (!packet || !packet->key) {
        m_pulse.beat(m_clock.now());
        packet = reader->read(stop, kPoll);
        if (stop.stop_requested() || (!packet && reader->ended()))
            return Ended::Stop;
    }
    const Ended ended = push(*reader, packet, reader->info(), stop);
    countDropped(*reader);
    m_droppedBefore = m_dropped;
    return ended;
}

Publisher::Ended Publisher::push(media::PacketReader &reader, media::PacketPtr packet, const media::StreamInfo &info,
                                         std::stop_token stop)
{
    m_pulse.beat(m_clock.now(), kOpening);
    auto pusher = openPusher(m_target.url.reveal(), info, kTimeout, stop);
    if (!pusher) {
        m_error = explain(pusher.error());
        return stop.stop_requested() ? Ended::Stop : Ended::Failed;
    }
    if (m_connections++ == 0) // that it runs again is said by the stage, which knows how often it was
        qCInfo(lcPublish).noquote() << "camera" << m_target.camera << "is pushed to" << m_target.shownUrl;
    m_stage(StageState::Running, m_cutOff < kInTurn ? QString() : takenInTurn(), std::nullopt);
    const MonoTime begun = m_clock.now();
    MonoTime newest = begun;
    while (true) {
        m_pulse.beat(m_clock.now());
        const bool picture = packet && !media::isSound(packet->codec);
        if (picture) {
            newest = m_clock.now();
            if (packet->key) {
                const media::StreamInfo now = reader.info();
                if (now.codec != info.codec || now.width != info.width || now.height != info.height || now.audio != info.audio)
                    return Ended::StreamChanged;
            }
        } else if (m_clock.now() - newest > kSilence) {
            return Ended::NoPictures;
        }
        if (const auto alive = packet ? (*pusher)->write(packet, stop) : (*pusher)->idle(stop); !alive) {
            m_error = explain(alive.error());
            noteCutOff(alive.error(), begun);
            return stop.stop_requested() ? Ended::Stop : Ended::Failed;
        }
        if (packet) {
            m_packets += picture ? 1 : 0;
            m_bytes += packet->data.size();
        }
        countDropped(reader);
        packet = reader.read(stop, kPoll);
        if (stop.stop_requested() || (!packet && reader.ended()))
            return Ended::Stop;
    }
}

/// A relay where the last publisher wins says nothing to the one that it puts out.
void Publisher::noteCutOff(const Error &error, MonoTime begun)
{
    const bool soon = error.kind == ErrorKind::Unavailable && m_clock.now() - begun < kSoon;
    m_cutOff = soon ? m_cutOff + 1 : 0;
    if (m_cutOff >= kInTurn)
        m_error = {m_error.kind, m_error.text() + QStringLiteral("; ") + takenInTurn(), nullptr};
}

void Publisher::countDropped(const media::PacketReader &reader)
{
    m_dropped = m_droppedBefore + reader.count().dropped;
}

Publisher::Counts Publisher::counts() const
{
    return {m_bytes, m_packets, m_dropped, m_connections, m_failures};
}

Error Publisher::explain(const Error &error) const
{
    const QString &who = m_target.who;
    const QString &url = m_target.shownUrl;
    QString sentence;
    switch (error.kind) {
    case ErrorKind::Denied: sentence = QStringLiteral("%1 refuses the user name, password or key for %2").arg(who, url); break;
    case ErrorKind::NotFound: sentence = QStringLiteral("%1 has no path %2").arg(who, url); break;
    case ErrorKind::Timeout: sentence = QStringLiteral("%1 did not answer for %2 s at %3").arg(who).arg(kTimeout.count() / 1000).arg(url); break;
    case ErrorKind::Cancelled: return error;
    default: sentence = QStringLiteral("%1 does not take %2").arg(who, url); break;
    }
    return error.wrap(sentence);
}

} // namespace vedette::agent
