// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <deque>
#include <optional>
#include <span>

namespace vedette::media {

/// Cuts an H.264 byte stream (Annex B, as encoders write it to a pipe) into access units by H.264 7.4.1.2.3: at the first
/// delimiter, parameter set, SEI or slice of macroblock 0 after a picture. Their end shows when the next begins, or by
/// finish(). Bounded; accepts any bytes; thread-bound.
class AccessUnitSplitter {
public:
    static constexpr std::size_t kMaxUnitBytes = 32U << 20; ///< an 8K key frame

    struct Unit {
        Bytes data;
        bool key = false;
        MonoTime firstByte{};
        MonoTime lastByte{};  ///< when its last bytes came
    };

    /// Corrupt when this is no H.264; nothing comes after that.
    Status push(std::span<const std::uint8_t> bytes, MonoTime now);
    /// The next whole unit.
    std::optional<Unit> next();
    /// There is a picture that the next unit has not ended yet.
    bool open() const { return m_hasPicture; }
    /// Ends that picture because its writer pauses. If its rest comes all the same, torn() counts it and the rest is left
    /// out.
    void finish();
    std::uint64_t torn() const { return m_torn; }

private:
    Status scan(MonoTime now);
    void cut(std::size_t end, MonoTime lastByte);
    void drop(std::size_t bytes);

    Bytes m_data;
    std::size_t m_old = 0;       ///< bytes of it that came before the newest
    std::size_t m_scanned = 0;   ///< no start code begins before
    bool m_begun = false;        ///< a start code was seen
    bool m_hasPicture = false;
    bool m_key = false;
    bool m_finished = false;     ///< by finish(); the next byte must begin a unit
    bool m_discarding = false;   ///< until the next unit begins
    MonoTime m_firstByte{};
    MonoTime m_lastByte{};       ///< of all bytes before the newest
    std::uint64_t m_torn = 0;
    std::deque<Unit> m_ready;    ///< bounded by one push
};

} // namespace vedette::media
