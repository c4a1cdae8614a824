// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/live/tile_facts.h"
#include "app/wall/wall_camera.h"
#include "core/base/remote_clock.h"
#include "core/live/stream_receiver.h"
#include "core/live/tile_state.h"

#include <QList>
#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

namespace vedette::app {

/// What the fleet says about one camera, as far as the wall needs it.
struct CameraFeed {
    QString id;
    QString name;
    QString agent;
    QString agentName;
    QStringList urls;           ///< best first
    bool agentOnline = true;
    QString stageReason;
    std::optional<MonoTime> stageNextTry; ///< of that stage; empty: unknown
    QStringList alsoClaimedBy;  ///< other agents that have a camera of this id; theirs is not shown
    std::optional<RemoteClock> clock; ///< of the agent; empty: not measured
    QList<quint64> runs;              ///< of that clock, as the agent announces them
    AgentTimes times;
    bool operator==(const CameraFeed &) const = default;
};

/// One camera: its receiver and the honest state of its tile. Owned by CameraStreams; main thread.
class CameraStream final : public WallCamera {
    Q_OBJECT
public:
    CameraStream(const CameraFeed &feed, const std::shared_ptr<media::HardwareDevices> &hardware, const Clock &clock, QObject *parent);
    ~CameraStream() override;

    const CameraFeed &feed() const { return m_feed; }
    live::StreamReceiver &receiver() { return *m_receiver; }
    const live::TileCondition &condition() const { return m_condition; }
    const QString &id() const override { return m_feed.id; }
    /// As of the last tick.
    const TileText &text() const override { return m_text; }
    std::optional<media::Frame> take() override { return m_receiver->latest().take(); }
    void presented(const media::Frame &frame) override { m_receiver->presented(frame); }
    void retryNow() override { m_receiver->retryNow(); }
    QString details() const override;
    live::StreamStats stats() const { return m_receiver->stats(); }
    live::ReceiverState receiverState() const { return m_receiver->state(); }

private:
    friend class CameraStreams;
    void update(const CameraFeed &feed);
    void tick();

    const Clock &m_clock;
    CameraFeed m_feed;
    std::unique_ptr<live::StreamReceiver> m_receiver;
    live::TileCondition m_condition;
    TileText m_text;
};

/// The streams of all cameras that the fleet knows: one receiver each, however many views show it. States are
/// judged kTick apart. Main thread.
class CameraStreams final : public WallCameras {
    Q_OBJECT
public:
    static constexpr milliseconds kTick{250};

    explicit CameraStreams(const Clock &clock, QObject *parent = nullptr);
    ~CameraStreams() override;

    /// That may decode the streams that start from now on; null, as at first: software only.
    void setHardware(std::shared_ptr<media::HardwareDevices> hardware) { m_hardware = std::move(hardware); }
    /// Starts what is new, stops what has gone, keeps the rest untouched. In the order of the wall.
    void setFeeds(const QList<CameraFeed> &feeds);
    const std::vector<std::unique_ptr<CameraStream>> &all() const { return m_streams; }
    CameraStream *find(const QString &id) const;
    std::vector<WallCamera *> cameras() const override;
    WallCamera *camera(const QString &id) const override { return find(id); }

Q_SIGNALS:
    /// Its first picture would otherwise wait for the next group of pictures.
    void keyFrameWanted(const QString &id);

private:
    const Clock &m_clock;
    std::shared_ptr<media::HardwareDevices> m_hardware;
    std::vector<std::unique_ptr<CameraStream>> m_streams;
    QTimer m_timer;
};

} // namespace vedette::app
