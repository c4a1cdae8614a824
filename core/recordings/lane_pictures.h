// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/decoder.h"
#include "core/media/sound_decoder.h"
#include "core/recordings/copy.h"
#include "core/recordings/segment_reader.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace vedette::recordings {

class Library;

/// Of a picture out of a SegmentReader, which stamps them all.
inline UtcTime capturedAt(const media::Frame &frame)
{
    return frame.capture ? frame.capture->captured : UtcTime{};
}
inline Direction directionOf(double rate)
{
    return rate < 0 ? Direction::Backward : Direction::Forward;
}

/// Why there is no picture.
struct NoPicture {
    enum class Kind : std::uint8_t {
        Gap,       ///< nothing is recorded there
        Edge,      ///< all that is recorded so far has been given; more may follow
        Failed,    ///< no copy can be read
        Cancelled,
    };
    Kind kind = Kind::Gap;
    QString reason;
    std::optional<UtcTime> until; ///< Gap: the next recorded moment, in the direction that was asked for
};

/// The decoded pictures of one lane over all its pieces and copies: from any moment on, and those before any moment. A copy
/// that fails gives way to the next one at the same moment. Blocking; thread-bound to its user, a Worker.
class LanePictures {
public:
    static constexpr milliseconds kSmallHole{250}; ///< between two pieces: that is how long their borders may be apart

    template <typename T>
    using Got = tl::expected<T, NoPicture>;
    /// Asked after each picture that was decoded on the way; false: give up (Cancelled).
    using Between = std::function<bool(const media::Frame *preview)>;

    struct Options {
        int threads = 1;                        ///< of the decoder
        std::size_t bytes = 48u << 20;          ///< of pictures that upTo() gives at once
    };
    /// library and clock outlive it.
    LanePictures(const Library &library, const Clock &clock, RecordingLane lane, Options options);
    ~LanePictures();
    /// From the next moment that is sought on.
    void setOptions(const Options &options) { m_options = options; }

    /// The newest picture captured at or before that moment (last), with those just before it, as many as the options allow.
    /// Where the piece begins later, its first. The first picture that is decoded is told as preview. next() goes on behind.
    Got<std::deque<media::Frame>> upTo(UtcTime at, Direction direction, const Between &between, std::stop_token stop);
    /// The picture behind the last one that was given; over the borders of pieces.
    Got<media::Frame> next(std::stop_token stop);
    /// The key frame before that moment alone, empty where it is the one captured at known. next() may not follow.
    Got<std::optional<media::Frame>> keyAt(UtcTime at, Direction direction, std::optional<UtcTime> known, std::stop_token stop);
    /// From there on at next().
    Got<void> jump(UtcTime at, std::stop_token stop);

    /// Of the piece that was read last.
    QString source() const;
    QString remark() const;
    /// Sound beside the pictures that next() has read, with capture times; at most two seconds are kept.
    std::vector<media::Sound> takeSound();
    void wantSound(bool wanted) { m_soundWanted = wanted; }

private:
    Got<QList<Copy>> copiesAt(UtcTime at, std::stop_token stop) const;
    NoPicture gapAt(UtcTime at, Direction direction, std::stop_token stop) const;
    Got<void> open(UtcTime at, Direction direction, std::stop_token stop);
    Status makeDecoder();
    Got<void> openOne(const QList<Copy> &copies, std::stop_token stop);
    Got<void> position(UtcTime at, Direction direction, std::stop_token stop);
    Got<void> goOn(std::stop_token stop);
    Got<void> followOpen(std::stop_token stop);
    Got<bool> mend(std::stop_token stop);
    NoPicture giveUp(const Error &error);
    void hear(const media::Packet &unit);
    bool isCurrent(const Copy &copy) const;

    const Library &m_library;
    const Clock &m_clock;
    const RecordingLane m_lane;
    Options m_options;
    std::optional<Copy> m_copy;
    std::unique_ptr<SegmentReader> m_reader;
    std::unique_ptr<media::Decoder> m_decoder;
    int m_threads = 0;                     ///< that it has
    std::deque<media::Frame> m_ready;      ///< decoded, not given yet
    UtcTime m_given = UtcTime::min();      ///< capture time of the last one that was given
    UtcTime m_opened = UtcTime::min();     ///< m_given when the piece was opened
    microseconds m_interval{40'000};       ///< between the last two
    std::vector<std::pair<QString, QString>> m_failed; ///< copies (source, piece) that failed since the last jump
    bool m_torn = false;                   ///< the reader was stopped in its midst: it does not stand where m_given says
    MonoTime m_asked = MonoTime::min();    ///< what follows an open piece
    QString m_failure;                     ///< why the last of them did
    bool m_soundWanted = false;
    std::unique_ptr<media::SoundDecoder> m_sound;
    std::optional<media::AudioInfo> m_soundInfo;
    std::optional<microseconds> m_soundOffset; ///< capture time less the file's own, of the last picture read
    std::deque<media::Sound> m_heard;
};

} // namespace vedette::recordings
