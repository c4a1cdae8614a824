// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/mjpeg_feed.h"

#include "core/base/logging.h"
#include "edge-agent/publish/live_routes.h"

#include <algorithm>
#include <utility>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcMjpeg, "vedette.mjpeg")

constexpr double kLeastRate = 0.01;
/// A picture that comes so little early is not kept for the next interval: sources are not that regular.
constexpr milliseconds kEarly{10};

} // namespace

JpegPtr MjpegReader::take()
{
    std::lock_guard lock(m_mutex);
    m_count.delivered += m_newest ? 1 : 0;
    return std::exchange(m_newest, nullptr);
}

MjpegReader::Count MjpegReader::count() const
{
    std::lock_guard lock(m_mutex);
    return m_count;
}

bool MjpegReader::ended() const
{
    std::lock_guard lock(m_mutex);
    return m_ended && !m_newest;
}

void MjpegReader::onReadable(std::function<void()> notify)
{
    std::lock_guard lock(m_mutex);
    m_notify = std::move(notify);
}

void MjpegReader::put(JpegPtr picture)
{
    std::function<void()> notify;
    {
        std::lock_guard lock(m_mutex);
        m_count.replaced += m_newest ? 1 : 0;
        m_newest = std::move(picture);
        notify = m_notify;
    }
    if (notify)
        notify();
}

void MjpegReader::end()
{
    std::function<void()> notify;
    {
        std::lock_guard lock(m_mutex);
        m_ended = true;
        notify = m_notify;
    }
    if (notify)
        notify();
}

MjpegFeed::MjpegFeed(QString id, const Clock &clock, std::function<std::unique_ptr<PictureSupply>()> open)
    : m_id(std::move(id)), m_clock(clock), m_open(std::move(open))
{
}

MjpegFeed::~MjpegFeed()
{
    stop();
}

MjpegReaderPtr MjpegFeed::subscribe(double rate)
{
    const milliseconds interval{static_cast<std::int64_t>(1000 / std::clamp(rate, kLeastRate, kMostRate))};
    const MjpegReaderPtr reader(new MjpegReader(interval));
    std::lock_guard lock(m_mutex);
    m_readers.push_back(reader);
    if (m_running) {
        if (m_last && m_clock.now() - m_lastMade <= kStalePicture)
            reader->m_newest = m_last;
        return reader;
    }
    m_running = true;
    // The thread before this one, if any, has left for good and needs no lock any more.
    m_worker = Worker("mjpeg-" + m_id.toStdString(), [this](std::stop_token stop) { run(std::move(stop)); });
    return reader;
}

void MjpegFeed::stop()
{
    m_worker.stop();
    std::vector<std::weak_ptr<MjpegReader>> readers;
    {
        std::lock_guard lock(m_mutex);
        m_running = false;
        m_last.reset();
        readers.swap(m_readers);
    }
    for (const auto &weak : readers) {
        if (const MjpegReaderPtr reader = weak.lock())
            reader->end();
    }
}

MjpegFeed::Counts MjpegFeed::counts() const
{
    std::lock_guard lock(m_mutex);
    const auto readers = std::count_if(m_readers.begin(), m_readers.end(), [](const auto &weak) { return !weak.expired(); });
    return {static_cast<int>(readers), m_running, m_encoded};
}

/// Under one lock with subscribe(), so that nobody joins a thread that is leaving.
bool MjpegFeed::leave()
{
    std::lock_guard lock(m_mutex);
    std::erase_if(m_readers, [](const auto &weak) { return weak.expired(); });
    if (!m_readers.empty())
        return false;
    m_running = false;
    m_last.reset();
    return true;
}

/// It is not the newest any more.
void MjpegFeed::forgetLast()
{
    std::lock_guard lock(m_mutex);
    m_last.reset();
}

std::vector<MjpegReaderPtr> MjpegFeed::dueReaders(MonoTime now)
{
    std::vector<MjpegReaderPtr> due;
    std::lock_guard lock(m_mutex);
    for (const auto &weak : m_readers) {
        MjpegReaderPtr reader = weak.lock();
        if (!reader || now + std::min<microseconds>(kEarly, reader->m_interval / 4) < reader->m_due)
            continue;
        // By the schedule, so that the rate is right on average whatever the source's own intervals are.
        const MonoTime next = reader->m_due + reader->m_interval;
        reader->m_due = next > now ? next : now + reader->m_interval;
        due.push_back(std::move(reader));
    }
    return due;
}

void MjpegFeed::run(std::stop_token stop)
{
    const std::unique_ptr<PictureSupply> supply = m_open();
    std::optional<media::Frame> newest; // that no reader has got
    MonoTime came{};
    bool failing = false;
    while (!stop.stop_requested() && !leave()) {
        if (auto frame = supply->next(stop, kPoll)) {
            newest = std::move(frame);
            came = m_clock.now();
            forgetLast();
        }
        const auto readers = newest && m_clock.now() - came <= kStalePicture ? dueReaders(m_clock.now()) : std::vector<MjpegReaderPtr>();
        if (readers.empty())
            continue;
        const media::Frame frame = *std::exchange(newest, std::nullopt);
        auto encoded = supply->encode(frame);
        if (!encoded) {
            if (!failing)
                qCWarning(lcMjpeg).noquote() << "camera" << m_id << "gives no JPEG:" << encoded.error().text();
            failing = true;
            continue;
        }
        failing = false;
        const auto picture = std::make_shared<const JpegPicture>(std::move(*encoded));
        {
            std::lock_guard lock(m_mutex);
            m_last = picture;
            m_lastMade = m_clock.now();
            ++m_encoded;
        }
        for (const MjpegReaderPtr &reader : readers)
            reader->put(picture);
    }
}

} // namespace vedette::agent
