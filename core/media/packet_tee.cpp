// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/packet_tee.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vedette::media {

PacketPtr PacketReader::takeLocked()
{
    if (m_queue.empty())
        return nullptr;
    PacketPtr packet = std::move(m_queue.front());
    m_queue.pop_front();
    m_sounds -= isSound(packet->codec) ? 1 : 0;
    ++m_count.delivered;
    return packet;
}

PacketPtr PacketReader::read(std::stop_token stop, milliseconds timeout)
{
    std::unique_lock lock(m_mutex);
    m_ready.wait_for(lock, stop, timeout, [this] { return !m_queue.empty() || m_ended; });
    return stop.stop_requested() ? nullptr : takeLocked();
}

PacketPtr PacketReader::tryRead()
{
    std::lock_guard lock(m_mutex);
    return takeLocked();
}

StreamInfo PacketReader::info() const
{
    std::lock_guard lock(m_mutex);
    return m_info;
}

PacketReader::Count PacketReader::count() const
{
    std::lock_guard lock(m_mutex);
    Count count = m_count;
    count.queued = m_queue.size();
    return count;
}

void PacketReader::onReadable(std::function<void()> notify)
{
    std::lock_guard lock(m_mutex);
    m_notify = std::move(notify);
}

bool PacketReader::ended() const
{
    std::lock_guard lock(m_mutex);
    return m_ended && m_queue.empty();
}

void PacketReader::setInfo(const StreamInfo &info)
{
    std::lock_guard lock(m_mutex);
    m_info = info;
}

bool PacketReader::enqueueSoundLocked(const PacketPtr &packet)
{
    if (!m_wantsSound || !m_started || m_waitForKey)
        return false;
    if (m_sounds >= PacketTee::kMaxSounds) {
        ++m_count.dropped;
        return false;
    }
    ++m_sounds;
    m_queue.push_back(packet);
    return true;
}

bool PacketReader::enqueueLocked(const PacketPtr &packet)
{
    if (isSound(packet->codec))
        return enqueueSoundLocked(packet);
    if (m_waitForKey && !packet->key) {
        m_count.dropped += m_started ? 1 : 0; // before the first key frame nothing was promised
        return false;
    }
    const std::size_t pictures = m_queue.size() - m_sounds;
    if (pictures < m_capacity)
        m_limit = m_capacity;
    if (pictures >= m_limit) {
        m_count.dropped += m_queue.size();
        m_queue.clear();
        m_sounds = 0;
        if (!packet->key) {
            ++m_count.dropped;
            m_waitForKey = true;
            return false;
        }
    }
    m_waitForKey = false;
    m_started = true;
    m_queue.push_back(packet);
    return true;
}

void PacketReader::push(const PacketPtr &packet)
{
    std::function<void()> notify;
    {
        std::lock_guard lock(m_mutex);
        if (!enqueueLocked(packet))
            return;
        notify = m_notify;
    }
    m_ready.notify_all();
    if (notify)
        notify();
}

void PacketReader::end()
{
    std::function<void()> notify;
    {
        std::lock_guard lock(m_mutex);
        m_ended = true;
        notify = m_notify;
    }
    m_ready.notify_all();
    if (notify)
        notify();
}

PacketTee::~PacketTee()
{
    std::vector<PacketReaderPtr> readers;
    {
        std::lock_guard lock(m_mutex);
        readers = readersLocked();
    }
    for (const PacketReaderPtr &reader : readers)
        reader->end();
}

std::vector<PacketReaderPtr> PacketTee::readersLocked() const
{
    std::vector<PacketReaderPtr> readers;
    readers.reserve(m_readers.size());
    for (const auto &weak : m_readers) {
        if (PacketReaderPtr reader = weak.lock())
            readers.push_back(std::move(reader));
    }
    return readers;
}

void PacketTee::setInfo(const StreamInfo &info)
{
    std::vector<PacketReaderPtr> readers;
    StreamInfo told;
    {
        std::lock_guard lock(m_mutex);
        // Another stream: a new reader must not begin with pictures of the old one.
        const bool resized = m_info.width != 0 && (info.width != m_info.width || info.height != m_info.height);
        if (info.codec != m_info.codec || resized)
            clearGroupLocked();
        std::optional<AudioInfo> audio = std::move(m_info.audio);
        m_info = info;
        m_info.audio = std::move(audio);
        told = m_info;
        readers = readersLocked();
    }
    for (const PacketReaderPtr &reader : readers)
        reader->setInfo(told);
}

void PacketTee::setAudio(const std::optional<AudioInfo> &audio)
{
    std::vector<PacketReaderPtr> readers;
    StreamInfo told;
    {
        std::lock_guard lock(m_mutex);
        if (audio == m_info.audio)
            return;
        // What is cached of another sound would be decoded by the new description.
        std::erase_if(m_group, [](const PacketPtr &packet) { return isSound(packet->codec); });
        m_groupSounds = 0;
        m_info.audio = audio;
        told = m_info;
        readers = readersLocked();
    }
    for (const PacketReaderPtr &reader : readers)
        reader->setInfo(told);
}

void PacketTee::clearGroupLocked()
{
    m_group.clear();
    m_groupBytes = 0;
    m_groupSounds = 0;
}

void PacketTee::cacheLocked(const PacketPtr &packet)
{
    const bool sound = isSound(packet->codec);
    if (!sound)
        m_last = packet;
    if (packet->key && !sound) {
        m_lastKey = packet;
        clearGroupLocked();
    } else if (m_group.empty() || (sound && m_groupSounds >= kMaxSounds)) {
        return;
    }
    m_group.push_back(packet);
    m_groupBytes += packet->data.size();
    m_groupSounds += sound ? 1 : 0;
    // Without its key frame a group is worthless, so the whole of it goes; the next key frame starts a new one.
    if (m_group.size() - m_groupSounds > kMaxCachedPackets || m_groupBytes > kMaxCachedBytes)
        clearGroupLocked();
}

void PacketTee::write(PacketPtr packet)
{
    if (!packet)
        return;
    std::vector<PacketReaderPtr> readers;
    {
        // Under one lock: who subscribes later has the packet from the cache, who is in the list has not.
        std::lock_guard lock(m_mutex);
        cacheLocked(packet);
        std::erase_if(m_readers, [](const auto &weak) { return weak.expired(); });
        readers = readersLocked();
    }
    for (const PacketReaderPtr &reader : readers)
        reader->push(packet);
}

PacketReaderPtr PacketTee::subscribe(std::string name, std::size_t capacity, Start start, Tracks tracks)
{
    const bool sound = tracks == Tracks::PicturesAndSound;
    const PacketReaderPtr reader(new PacketReader(std::move(name), std::max<std::size_t>(capacity, 1), sound));
    std::lock_guard lock(m_mutex);
    reader->m_info = m_info;
    reader->m_waitForKey = true;
    if (start == Start::CachedGroup && !m_group.empty()) {
        std::copy_if(m_group.begin(), m_group.end(), std::back_inserter(reader->m_queue),
                     [sound](const PacketPtr &packet) { return sound || !isSound(packet->codec); });
        reader->m_sounds = sound ? m_groupSounds : 0;
        reader->m_limit = reader->m_capacity + m_group.size() - m_groupSounds;
        reader->m_waitForKey = false;
        reader->m_started = true;
    }
    m_readers.push_back(reader);
    return reader;
}

StreamInfo PacketTee::info() const
{
    std::lock_guard lock(m_mutex);
    return m_info;
}

PacketPtr PacketTee::lastKeyFrame() const
{
    std::lock_guard lock(m_mutex);
    return m_lastKey;
}

std::vector<PacketPtr> PacketTee::cachedGroup() const
{
    std::lock_guard lock(m_mutex);
    std::vector<PacketPtr> pictures;
    std::copy_if(m_group.begin(), m_group.end(), std::back_inserter(pictures), [](const PacketPtr &packet) { return !isSound(packet->codec); });
    return pictures;
}

PacketPtr PacketTee::lastPacket() const
{
    std::lock_guard lock(m_mutex);
    return m_last;
}

bool PacketTee::hasReaders() const
{
    std::lock_guard lock(m_mutex);
    return std::any_of(m_readers.begin(), m_readers.end(), [](const auto &weak) { return !weak.expired(); });
}

std::vector<PacketReader::Count> PacketTee::readerCounts() const
{
    std::vector<PacketReaderPtr> readers;
    {
        std::lock_guard lock(m_mutex);
        readers = readersLocked();
    }
    std::vector<PacketReader::Count> counts;
    for (const PacketReaderPtr &reader : readers)
        counts.push_back(reader->count());
    return counts;
}

} // namespace vedette::media
