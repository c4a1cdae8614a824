// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/demuxer.h"
#include "core/media/nal.h"
#include "edge-agent/publish/publisher.h"
#include "tests/edge-agent/live_fixture.h"

#include <QTimer>

#include <atomic>
#include <mutex>

namespace vedette::test {

using agent::Publisher;
using agent::PublishTarget;
using protocol::StageState;

/// A tee that gets a picture every 40 ms on the main thread.
struct Producer {
    Producer()
    {
        tee->setInfo(maker.info());
        timer.setInterval(40);
        QObject::connect(&timer, &QTimer::timeout, &timer, [this] { write(); });
        timer.start();
    }
    void write()
    {
        auto packet = std::make_shared<media::Packet>(*maker.next());
        packet->arrival = SystemClock().now();
        tee->write(packet);
    }
    PacketMaker maker;
    std::shared_ptr<media::PacketTee> tee = std::make_shared<media::PacketTee>();
    QTimer timer;
};

struct Stage {
    Publisher::StageReport report()
    {
        return [this](StageState s, const QString &r, std::optional<milliseconds> n) {
            std::lock_guard lock(mutex);
            state = s;
            reason = r;
            nextTry = n;
            if (s == StageState::Running)
                ++runs;
        };
    }
    bool is(StageState s)
    {
        std::lock_guard lock(mutex);
        return state == s;
    }
    QString why()
    {
        std::lock_guard lock(mutex);
        return reason;
    }
    std::mutex mutex;
    StageState state = StageState::Idle;
    QString reason;
    std::optional<milliseconds> nextTry;
    std::atomic<int> runs{0};
};

/// What arrived: number of pictures, of those with our SEI, and whether the first is a key picture.
struct Received {
    int pictures = 0;
    int marked = 0;
    bool keyFirst = false;
};

inline Received inspect(const QString &file)
{
    Received received;
    media::Demuxer::Options options;
    options.live = false;
    auto demuxer = media::Demuxer::open(file, options, {});
    while (demuxer) {
        const auto packet = (*demuxer)->read({});
        if (!packet)
            break;
        if (received.pictures++ == 0)
            received.keyFirst = (*packet)->key;
        received.marked += media::findUserDataSei(media::Codec::H264, (*packet)->data, kTestUuid) ? 1 : 0;
    }
    return received;
}

inline PublishTarget targetAt(const QString &url)
{
    return {QStringLiteral("gate"), QStringLiteral("The relay"), Secret(url), redact(url), milliseconds{2'000}};
}

inline QString relayUrl(quint16 port, const QString &user = {})
{
    return QStringLiteral("rtsp://") + user + QStringLiteral("127.0.0.1:%1").arg(port);
}

} // namespace vedette::test
