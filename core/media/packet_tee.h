// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet_sink.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace vedette::media {

class PacketTee;

/// One consumer's bounded view of a PacketTee. Made by PacketTee::subscribe(); read by one thread.
/// When the consumer is slow, whole spans are dropped up to the next key frame and counted, so what
/// comes out always decodes. Sound, where it is asked for, never takes the room of pictures: it has a bound of its own and
/// is dropped first. Outlives its tee safely.
class PacketReader {
public:
    struct Count {
        std::uint64_t delivered = 0;
        std::uint64_t dropped = 0;
        std::size_t queued = 0;
    };

    const std::string &name() const { return m_name; }
    /// Waits for the next packet; null on time-out, stop or when the tee has ended.
    PacketPtr read(std::stop_token stop, milliseconds timeout);
    PacketPtr tryRead();
    StreamInfo info() const;
    Count count() const;
    /// Called on the producer's thread, without a lock held, when a packet has become readable or
    /// the tee has ended; must not block. Set it once, before the first read.
    void onReadable(std::function<void()> notify);
    bool ended() const;

private:
    friend class PacketTee;
    PacketReader(std::string name, std::size_t capacity, bool sound) : m_name(std::move(name)), m_capacity(capacity), m_wantsSound(sound) {}
    void push(const PacketPtr &packet);
    void end();
    void setInfo(const StreamInfo &info);
    bool enqueueLocked(const PacketPtr &packet);
    bool enqueueSoundLocked(const PacketPtr &packet);
    PacketPtr takeLocked();

    const std::string m_name;
    const std::size_t m_capacity;
    const bool m_wantsSound;
    mutable std::mutex m_mutex; // guards all below
    std::condition_variable_any m_ready;
    std::deque<PacketPtr> m_queue;
    std::size_t m_sounds = 0; // in the queue
    std::size_t m_limit = m_capacity; // above the capacity until a cached group has been read
    bool m_waitForKey = false;
    bool m_started = false;
    bool m_ended = false;
    Count m_count;
    StreamInfo m_info;
    std::function<void()> m_notify;
};
using PacketReaderPtr = std::shared_ptr<PacketReader>;

/// Fans one encoded stream out to any number of readers, none of which can hurt another.
/// Keeps the current group of pictures (bounded by kMaxCachedPackets and kMaxCachedBytes), so that a
/// new reader starts at once with a key frame. Readers get the pictures alone unless they ask for the sound as well.
/// Thread-safe: pictures are written by one producer thread, sound by one, too, the same or another.
class PacketTee final : public PacketSink {
public:
    static constexpr std::size_t kMaxCachedPackets = 600;         ///< 30 s at 20 frames/s
    static constexpr std::size_t kMaxCachedBytes = 32U << 20;     ///< one 8K group of pictures
    static constexpr std::size_t kMaxSounds = 2048;               ///< 43 s at 48 kHz, in the cache and in a reader's queue

    ~PacketTee() override;
    /// Of the pictures: audio in it counts for nothing.
    void setInfo(const StreamInfo &info) override;
    /// The sound beside them, independent of setInfo(); empty: none.
    void setAudio(const std::optional<AudioInfo> &audio);
    void write(PacketPtr packet) override;

    enum class Start : std::uint8_t { CachedGroup, NextKeyFrame };
    enum class Tracks : std::uint8_t { Pictures, PicturesAndSound };
    /// capacity in pictures; a CachedGroup start may exceed it once. Sound never comes before the first key frame.
    PacketReaderPtr subscribe(std::string name, std::size_t capacity, Start start, Tracks tracks = Tracks::Pictures);
    StreamInfo info() const;
    /// Newest key frame, for snapshots; null before the first.
    PacketPtr lastKeyFrame() const;
    /// The cached group of pictures, oldest first, without sound.
    std::vector<PacketPtr> cachedGroup() const;
    /// Newest picture, key frame or not.
    PacketPtr lastPacket() const;
    std::vector<PacketReader::Count> readerCounts() const;
    bool hasReaders() const;

private:
    void cacheLocked(const PacketPtr &packet);
    void clearGroupLocked();
    std::vector<PacketReaderPtr> readersLocked() const;

    mutable std::mutex m_mutex; // guards all below; no reader's is taken while it is held
    StreamInfo m_info;
    std::vector<std::weak_ptr<PacketReader>> m_readers;
    std::deque<PacketPtr> m_group;
    PacketPtr m_lastKey;
    PacketPtr m_last;
    std::size_t m_groupBytes = 0;
    std::size_t m_groupSounds = 0;
};

} // namespace vedette::media
