// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/sound_queue.h"

#include <algorithm>

namespace vedette::app {

namespace {

using media::Sound;

/// Beside its moment by less than this, sound goes on where the last ended: no click at every unit.
constexpr milliseconds kJoined{20};

std::int64_t framesOf(microseconds time)
{
    return time.count() * Sound::kRate / 1'000'000;
}

microseconds timeOf(std::int64_t frames)
{
    return microseconds{frames * 1'000'000 / Sound::kRate};
}

} // namespace

void SoundQueue::Piece::skip(std::int64_t frames)
{
    begin += std::size_t(frames) * Sound::kChannels;
    due += timeOf(frames);
}

void SoundQueue::put(const Sound &sound, MonoTime due)
{
    if (sound.samples.empty())
        return;
    std::lock_guard lock(m_mutex);
    m_pieces.push_back({sound.samples, 0, due});
    m_frames += m_pieces.back().frames();
    while (timeOf(m_frames) > m_held && m_pieces.size() > 1) {
        m_frames -= m_pieces.front().frames();
        m_dropped += std::uint64_t(m_pieces.front().frames());
        m_pieces.pop_front();
    }
}

void SoundQueue::clear()
{
    std::lock_guard lock(m_mutex);
    m_pieces.clear();
    m_frames = 0;
}

void SoundQueue::take(std::span<std::int16_t> out, MonoTime heard)
{
    std::fill(out.begin(), out.end(), std::int16_t{0});
    std::int64_t done = 0;
    const std::int64_t wanted = std::int64_t(out.size()) / Sound::kChannels;
    std::lock_guard lock(m_mutex);
    while (done < wanted && !m_pieces.empty()) {
        Piece &piece = m_pieces.front();
        const microseconds ahead = piece.due - (heard + timeOf(done));
        if (ahead > kJoined || (ahead > microseconds{0} && done == 0)) {
            const std::int64_t silent = std::min(std::max(framesOf(ahead), std::int64_t{1}), wanted - done);
            done += silent;
            continue;
        }
        if (-ahead > m_tooLate) {
            const std::int64_t late = std::min(std::max(framesOf(-ahead), std::int64_t{1}), piece.frames());
            piece.skip(late);
            m_frames -= late;
            m_dropped += std::uint64_t(late);
        } else {
            const std::int64_t now = std::min(piece.frames(), wanted - done);
            const auto from = piece.samples.begin() + std::ptrdiff_t(piece.begin);
            std::copy(from, from + now * Sound::kChannels, out.begin() + done * Sound::kChannels);
            piece.skip(now);
            m_frames -= now;
            done += now;
        }
        if (piece.frames() == 0)
            m_pieces.pop_front();
    }
}

std::uint64_t SoundQueue::dropped() const
{
    std::lock_guard lock(m_mutex);
    return m_dropped;
}

} // namespace vedette::app
