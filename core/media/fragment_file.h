// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/byte_window.h"
#include "core/media/segment_boxes.h"

#include <QString>

#include <map>
#include <optional>
#include <vector>

namespace vedette::media {

/// A picture or a unit of sound in a fragment.
struct FragmentUnit {
    std::int64_t offset = 0;     ///< in the file
    std::uint32_t size = 0;
    bool sound = false;
    bool key = false;
    microseconds dts{0};
    microseconds pts{0};
};

/// A moof and what it tells of.
struct Fragment {
    std::int64_t offset = 0;     ///< of its moof
    std::int64_t end = 0;        ///< of its mdat
    microseconds time{0};        ///< decoding time of its first picture
    std::vector<FragmentUnit> units; ///< by decoding time
};

/// Finds the fragments of a fragmented MP4 in its bytes. Blocking; thread-bound to its user.
class FragmentFile {
public:
    explicit FragmentFile(std::unique_ptr<ByteSource> bytes) : m_bytes(std::move(bytes)) {}

    ByteWindow &bytes() { return m_bytes; }
    std::unique_ptr<ByteSource> giveBack() { return m_bytes.release(); }
    /// ftyp and moov. Unsupported or Corrupt when they are not there or not such; errors of the bytes.
    Result<Bytes> readHead(std::stop_token stop);
    const SegmentTrack &pictures() const { return m_pictures; }
    std::int64_t begin() const { return m_begin; } ///< behind the head

    /// The fragment with pictures at that place or the first behind it; empty: there is none (yet). Damage is gone around.
    Result<std::optional<Fragment>> at(std::int64_t offset, std::stop_token stop);
    /// The last fragment that begins at or before that decoding time, the first where none does; empty: there is none.
    Result<std::optional<Fragment>> find(microseconds dts, std::stop_token stop);
    /// The last fragment that ends at or before that place; empty: it is the first.
    Result<std::optional<Fragment>> before(std::int64_t offset, std::stop_token stop);
    std::uint64_t damaged() const { return m_damaged; }

private:
    struct Place {
        microseconds time{0};
        std::int64_t end = 0;    ///< 0: not known
    };
    Result<std::optional<Fragment>> parse(std::int64_t offset, const BoxHead &head, std::stop_token stop);
    Result<std::optional<std::int64_t>> nextMoof(std::int64_t from, std::int64_t to, std::stop_token stop);
    Result<std::optional<Fragment>> probe(std::int64_t from, std::int64_t to, std::stop_token stop);
    Status readIndex(std::stop_token stop);
    microseconds inMicros(const SegmentTrack &track, std::int64_t ticks) const;

    ByteWindow m_bytes;
    std::vector<SegmentTrack> m_tracks;
    SegmentTrack m_pictures;
    std::int64_t m_begin = 0;
    std::map<std::int64_t, Place> m_known; ///< by offset
    std::optional<Fragment> m_first;
    bool m_indexRead = false;
    std::uint64_t m_damaged = 0;
};

} // namespace vedette::media
