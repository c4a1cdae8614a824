// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/camera_streams.h"

#include "app/live/tile_details.h"

#include <algorithm>
#include <utility>

namespace vedette::app {

CameraStream::CameraStream(const CameraFeed &feed, const std::shared_ptr<media::HardwareDevices> &hardware, const Clock &clock,
                           QObject *parent)
    : WallCamera(parent), m_clock(clock), m_feed(feed), m_receiver(std::make_unique<live::StreamReceiver>(feed.id, clock))
{
    m_condition.since = clock.now();
    m_receiver->setHardware(hardware);
    m_receiver->setUrls(feed.urls);
    m_receiver->setSenderClock(feed.clock, feed.runs);
    m_receiver->start();
    connect(m_receiver.get(), &live::StreamReceiver::stateChanged, this, &CameraStream::tick);
    connect(m_receiver.get(), &live::StreamReceiver::frameReady, this, &CameraStream::frameReady);
    tick();
}

CameraStream::~CameraStream()
{
    m_receiver->stop();
}

void CameraStream::update(const CameraFeed &feed)
{
    if (feed == m_feed)
        return;
    const CameraFeed before = std::exchange(m_feed, feed);
    if (before.urls != feed.urls)
        m_receiver->setUrls(feed.urls);
    if (before.clock != feed.clock || before.runs != feed.runs)
        m_receiver->setSenderClock(feed.clock, feed.runs);
    // An agent that is back is worth an attempt at once.
    if (!before.agentOnline && feed.agentOnline && !live::isLive(m_condition.state))
        m_receiver->retryNow();
    tick();
}

void CameraStream::tick()
{
    TileFacts facts;
    facts.name = m_feed.name.isEmpty() ? m_feed.id : m_feed.name;
    facts.agent = m_feed.agentName.isEmpty() ? m_feed.agent : m_feed.agentName;
    facts.agentOnline = m_feed.agentOnline;
    facts.stageReason = m_feed.stageReason;
    facts.stageNextTry = m_feed.stageNextTry;
    facts.receiver = m_receiver->state();
    facts.stats = m_receiver->stats();
    facts.now = m_clock.now();
    facts.utcNow = m_clock.utcNow();
    m_condition = live::nextTileCondition(m_condition, facts.receiver, facts.now);
    facts.condition = m_condition;
    const TileText text = describeTile(facts);
    if (text == m_text)
        return;
    m_text = text;
    Q_EMIT textChanged();
}

QString CameraStream::details() const
{
    return engineeringText(m_text, stats(), receiverState(), m_feed.times, m_clock.now());
}

CameraStreams::CameraStreams(const Clock &clock, QObject *parent) : WallCameras(parent), m_clock(clock)
{
    m_timer.setInterval(kTick);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        for (const auto &stream : m_streams)
            stream->tick();
    });
}

CameraStreams::~CameraStreams() = default;

CameraStream *CameraStreams::find(const QString &id) const
{
    const auto it = std::find_if(m_streams.begin(), m_streams.end(), [&id](const auto &s) { return s->feed().id == id; });
    return it == m_streams.end() ? nullptr : it->get();
}

std::vector<WallCamera *> CameraStreams::cameras() const
{
    std::vector<WallCamera *> cameras;
    for (const auto &stream : m_streams)
        cameras.push_back(stream.get());
    return cameras;
}

void CameraStreams::setFeeds(const QList<CameraFeed> &feeds)
{
    std::vector<std::unique_ptr<CameraStream>> old = std::move(m_streams);
    m_streams.clear();
    QStringList before, after;
    for (const auto &stream : old)
        before << stream->feed().id;
    for (const CameraFeed &feed : feeds) {
        if (find(feed.id))
            continue; // two agents claim one id: the first keeps the tile, the fleet shows the fault
        const auto it = std::find_if(old.begin(), old.end(), [&feed](const auto &s) { return s && s->feed().id == feed.id; });
        if (it != old.end()) {
            m_streams.push_back(std::move(*it));
            m_streams.back()->update(feed);
        } else {
            m_streams.push_back(std::make_unique<CameraStream>(feed, m_hardware, m_clock, nullptr));
            CameraStream *stream = m_streams.back().get();
            connect(stream, &CameraStream::textChanged, this, [this, stream] { Q_EMIT healthChanged(stream->feed().id); });
            connect(&stream->receiver(), &live::StreamReceiver::relayJoined, this, [this, stream] { Q_EMIT keyFrameWanted(stream->feed().id); });
        }
        after << feed.id;
    }
    if (m_streams.empty())
        m_timer.stop();
    else if (!m_timer.isActive())
        m_timer.start();
    if (before != after)
        Q_EMIT camerasChanged();
    // Those that went are destroyed here, after everybody has let go of them.
}

} // namespace vedette::app
