// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/demuxer.h"
#include "core/protocol/capture_sei.h"
#include "edge-agent/recordings/recorder.h"
#include "tests/core/media/media_fixture.h"
#include "tests/edge-agent/recordings/failing_disk.h"
#include "tests/support/manual_clock.h"

#include <QTemporaryDir>

#include <condition_variable>
#include <mutex>

namespace vedette::test {

/// What a recorder told, to wait for. Thread-safe.
class ToldRecording final : public agent::RecorderSink {
public:
    struct Gap {
        UtcTime from{};
        protocol::GapReason reason{};
    };
    struct Told {
        std::vector<agent::RecordedSegment> opened;
        std::vector<agent::RecordedSegment> progressed;
        std::vector<agent::RecordedSegment> finished;
        std::vector<agent::RecordedSegment> broken;
        std::vector<Gap> gaps;
        std::vector<protocol::StageStatus> stages;
    };

    void segmentOpened(const agent::RecordedSegment &segment) override
    {
        change([&] { m_told.opened.push_back(segment); });
    }
    void segmentProgressed(const agent::RecordedSegment &segment) override
    {
        change([&] { m_told.progressed.push_back(segment); });
    }
    void segmentFinished(const agent::RecordedSegment &segment, bool complete) override
    {
        change([&] { (complete ? m_told.finished : m_told.broken).push_back(segment); });
    }
    void gapBegan(const agent::RecordingLane &, UtcTime from, protocol::GapReason reason) override
    {
        change([&] { m_told.gaps.push_back({from, reason}); });
    }
    agent::Recorder::StageReport stage()
    {
        return [this](protocol::StageState state, const QString &reason, std::optional<milliseconds>) {
            change([&] { m_told.stages.push_back({QStringLiteral("recording"), state, reason}); });
        };
    }

    Told told() const
    {
        std::lock_guard lock(m_mutex);
        return m_told;
    }
    /// False after 20 s.
    bool waitFor(const std::function<bool(const Told &)> &wanted)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(20), [&] { return wanted(m_told); });
    }
    bool waitForGap(protocol::GapReason reason)
    {
        return waitFor([reason](const Told &told) { return !told.gaps.empty() && told.gaps.back().reason == reason; });
    }

private:
    void change(const std::function<void()> &how)
    {
        {
            std::lock_guard lock(m_mutex);
            how();
        }
        m_changed.notify_all();
    }

    mutable std::mutex m_mutex; // guards m_told
    std::condition_variable m_changed;
    Told m_told;
};

/// An endless stream of pictures at 20 a second, key frames each half second, made from one encoded second.
class PictureStream {
public:
    explicit PictureStream(int width = 320, int height = 192) { m_encoded = encodePictures(20, width, height, &info); }

    /// Number n of run, captured n intervals after the base.
    media::PacketPtr picture(int n, std::uint64_t run = 7, bool known = true) const
    {
        const media::PacketPtr &from = m_encoded[static_cast<std::size_t>(n) % 20];
        auto packet = std::make_shared<media::Packet>(*from);
        CaptureStamp stamp;
        stamp.run = run;
        stamp.known = known;
        stamp.sequence = static_cast<std::uint64_t>(n);
        stamp.captured = captured(n);
        packet->capture = stamp;
        packet->arrival = arrived(n);
        packet->pts = packet->dts = microseconds{n * 50'000};
        packet->data = media::insertUserDataSei(packet->codec, packet->data, protocol::encodeCapture(stamp));
        return packet;
    }
    /// By a ManualClock that begins with picture 0.
    static MonoTime arrived(int n) { return ManualClock().now() + n * milliseconds{50}; }
    static UtcTime captured(int n) { return utcFromMicros(1'790'000'000'000'000 + n * 50'000LL); }

    media::StreamInfo info;

private:
    std::vector<media::PacketPtr> m_encoded;
};

/// The stamps that a file's pictures carry, in order.
inline std::vector<CaptureStamp> stampsIn(const QString &path)
{
    std::vector<CaptureStamp> stamps;
    media::Demuxer::Options options;
    options.live = false;
    auto demuxer = media::Demuxer::open(path, options, {});
    if (!demuxer)
        return stamps;
    while (const auto packet = (*demuxer)->read({})) {
        const auto payload = media::findUserDataSei((*packet)->codec, (*packet)->data, protocol::kCaptureUuid);
        const auto stamp = payload ? protocol::decodeCapture(*payload) : Result<CaptureStamp>(CaptureStamp{});
        stamps.push_back(stamp.value_or(CaptureStamp{}));
    }
    return stamps;
}

/// One stream without end for all tests of a program.
inline const PictureStream &pictures()
{
    static const PictureStream stream;
    return stream;
}

/// A recorder with all around it: pictures in, files in a temporary folder.
struct Recording {
    explicit Recording(std::chrono::seconds length = std::chrono::seconds{2}, agent::RecordingGate::Rules rules = {}) : gate(std::move(rules))
    {
        agent::Recorder::Options options;
        options.lane = {QStringLiteral("gate"), QStringLiteral("main")};
        options.length = length;
        options.stage = told.stage();
        options.gate = &gate;
        options.whyQuiet = [this] { return quiet.load(); };
        options.needKeyFrame = [this] { ++asked; };
        tee->setInfo(stream.info);
        recorder = std::make_unique<agent::Recorder>(std::move(options), agent::SegmentPlace{disk, clock, dir.path()}, tee, told);
        recorder->start();
        started = told.waitForGap(protocol::GapReason::Starting);
    }
    ~Recording() { recorder->stop(); }
    void write(int from, int to, std::uint64_t run = 7, bool known = true)
    {
        for (int n = from; n < to; ++n)
            tee->write(stream.picture(n, run, known));
    }
    bool waitForPictures(std::uint64_t frames)
    {
        return told.waitFor([frames](const ToldRecording::Told &all) { return !all.progressed.empty() && all.progressed.back().frames >= frames; });
    }
    QString file(const agent::RecordedSegment &segment) const { return dir.filePath(segment.name.path()); }

    QTemporaryDir dir;
    ManualClock clock;
    FailingDisk disk;
    ToldRecording told;
    const PictureStream &stream = pictures();
    std::shared_ptr<media::PacketTee> tee = std::make_shared<media::PacketTee>();
    std::atomic<protocol::GapReason> quiet{protocol::GapReason::SourceLost};
    std::atomic<int> asked{0};
    bool started = false;
    agent::RecordingGate gate;
    std::unique_ptr<agent::Recorder> recorder;
};

} // namespace vedette::test
