// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/track_alignment.h"

#include <algorithm>

namespace vedette::net {
namespace {

constexpr microseconds kBack{1'000'000}; // B-frames and jitter go back less
constexpr int kSlewPart = 100;           // 1 %

microseconds magnitude(microseconds span)
{
    return std::max(span, -span);
}

} // namespace

void TrackAlignment::Delay::note(microseconds pts, MonoTime arrival)
{
    const microseconds delay = microseconds{toMicros(arrival)} - pts;
    if (!least || pts < last - kBack) // began anew
        least = delay;
    least = std::min(*least, delay);
    last = pts;
}

void TrackAlignment::picture(microseconds pts, MonoTime arrival)
{
    m_picture.note(pts, arrival);
}

std::optional<microseconds> TrackAlignment::sound(microseconds pts, MonoTime arrival, std::optional<UtcTime> senderOfSound,
                                                  std::optional<UtcTime> senderOfPictures)
{
    m_sound.note(pts, arrival);
    if (!m_picture.least)
        return std::nullopt;
    const microseconds byArrival = *m_sound.least - *m_picture.least;
    microseconds wanted = byArrival;
    bool byReports = false;
    if (senderOfSound && senderOfPictures) {
        const auto told = std::chrono::duration_cast<microseconds>(*senderOfSound - *senderOfPictures);
        byReports = magnitude(told - byArrival) < kNonsense;
        wanted = byReports ? told : byArrival;
    }
    m_begun = m_begun.value_or(arrival);
    if (!byReports && !m_byReports && arrival - *m_begun < kLearning)
        return std::nullopt;
    const bool settling = !m_byReports && arrival - *m_begun < kSettling;
    const microseconds off = m_offset ? wanted - *m_offset : microseconds{0};
    if (!m_offset || magnitude(off) > kStep || settling || (byReports && !m_byReports)) {
        m_offset = wanted;
    } else if (magnitude(off) > kNear) {
        const microseconds most = magnitude(pts - m_lastSound) / kSlewPart;
        *m_offset += std::clamp(off, -most, most);
    }
    m_byReports = m_byReports || byReports;
    m_lastSound = pts;
    return pts + *m_offset;
}

} // namespace vedette::net
