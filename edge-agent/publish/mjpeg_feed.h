// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/base/result.h"
#include "core/base/worker.h"
#include "core/media/frame.h"
#include "core/media/packet.h"

#include <QString>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace vedette::agent {

/// A picture as a JPEG file, which carries its capture time as well (core/protocol/capture_jpeg.h).
struct JpegPicture {
    media::Bytes data;
    std::optional<CaptureStamp> capture;
};
using JpegPtr = std::shared_ptr<const JpegPicture>;

/// Where a feed's pictures come from: made when the first reader comes and destroyed after the last has gone, both on the
/// feed's thread, which alone uses it.
class PictureSupply {
public:
    virtual ~PictureSupply() = default;
    /// Waits for a picture newer than the one before; empty on time-out, stop, or when it is too old to be shown.
    virtual std::optional<media::Frame> next(std::stop_token stop, milliseconds timeout) = 0;
    virtual Result<JpegPicture> encode(const media::Frame &frame) = 0;
};

/// One client's view of a MjpegFeed: the newest picture, each at most once; one that was not taken in time is replaced and
/// counted. Thread-safe; outlives its feed safely. Destroying it is leaving.
class MjpegReader {
public:
    struct Count {
        std::uint64_t delivered = 0;
        std::uint64_t replaced = 0;
    };

    JpegPtr take(); ///< null when there is none since the last call
    Count count() const;
    bool ended() const;
    /// Called on the feed's thread, without a lock held, when take() will give something or the feed has ended.
    void onReadable(std::function<void()> notify);

private:
    friend class MjpegFeed;
    explicit MjpegReader(milliseconds interval) : m_interval(interval) {}
    void put(JpegPtr picture);
    void end();

    const milliseconds m_interval;
    MonoTime m_due{}; ///< the feed's, under its lock
    mutable std::mutex m_mutex; // guards all below
    JpegPtr m_newest;
    bool m_ended = false;
    Count m_count;
    std::function<void()> m_notify;
};
using MjpegReaderPtr = std::shared_ptr<MjpegReader>;

/// One camera's pictures as JPEGs for any number of readers: one thread with one encoder, both there only while somebody
/// reads, and as fast as the fastest reader wants. Main thread, except counts().
class MjpegFeed {
public:
    static constexpr double kDefaultRate = 5; ///< pictures a second
    static constexpr double kMostRate = 60;   ///< more is taken as this
    static constexpr milliseconds kPoll{200}; ///< how late the last reader's going may be noticed

    struct Counts {
        int readers = 0;
        bool running = false;
        std::uint64_t encoded = 0;
    };

    /// id: of the camera, for the thread's name and the log. clock outlives it.
    MjpegFeed(QString id, const Clock &clock, std::function<std::unique_ptr<PictureSupply>()> open);
    ~MjpegFeed();

    /// At most rate pictures a second, and no more than the source gives.
    MjpegReaderPtr subscribe(double rate);
    /// Ends all readers. Idempotent.
    void stop();
    Counts counts() const;

private:
    void run(std::stop_token stop);
    bool leave();
    void forgetLast();
    std::vector<MjpegReaderPtr> dueReaders(MonoTime now);

    const QString m_id;
    const Clock &m_clock;
    const std::function<std::unique_ptr<PictureSupply>()> m_open;
    mutable std::mutex m_mutex; // guards all below but the worker
    std::vector<std::weak_ptr<MjpegReader>> m_readers;
    bool m_running = false;     ///< the thread has not decided to end
    JpegPtr m_last;             ///< of the newest picture, for a reader that comes now; null when that was not encoded
    MonoTime m_lastMade{};
    std::uint64_t m_encoded = 0;
    Worker m_worker;
};

} // namespace vedette::agent
