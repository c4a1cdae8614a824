// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/sha256.h"
#include "core/protocol/coverage.h"
#include "core/protocol/segment_name.h"

#include <QByteArray>

namespace vedette::protocol {

/// What one fragment holds of one track. count 0: nothing, and no hash.
struct TrackHash {
    int count = 0;      ///< pictures, or access units of sound
    Digest sha256{};
    bool operator==(const TrackHash &) const = default;
};

/// The hashes of one fragment: a moof and its mdat, or anywhere else as many pictures and units of sound.
///
/// pictures.sha256 is the SHA-256 over NAL units, each as its length in four bytes, big endian, and its bytes from the NAL
/// unit header on, without start code and zero bytes behind it: before the first picture all parameter sets that are in
/// force for it, then for each picture in decoding order its SEI and VCL NAL units in their order. Where a picture changes
/// what is in force, all that then is comes again before it. A parameter set is in force from the picture on that it comes
/// with, or from the beginning on where the container keeps it (avcC, hvcC), until another of its type and id comes; in
/// order of nal_unit_type, then id. All other NAL units (access unit delimiters, fillers, ends) do not count, so that every
/// container that keeps the pictures keeps the hash. Types: core/media/nal.h.
/// sound.sha256 is the SHA-256 over the raw access units (AAC without ADTS), each as its length in four bytes, big endian,
/// and its bytes.
struct ManifestFragment {
    std::optional<UtcTime> from; ///< capture time of its first picture in decoding order that is stamped; empty: none is
    TrackHash pictures;
    TrackHash sound;
    bool operator==(const ManifestFragment &) const = default;
};

/// The root of the Merkle tree (core/protocol/merkle.h) over one leaf for each fragment and track with content, fragments in
/// order, pictures before sound. Its data, numbers big endian: track u8 (1 pictures, 2 sound) · number of the fragment u32
/// (from 1) · its capture time i64 us UTC (0 where there is none) · count u32 · the track's SHA-256. 49 bytes.
Digest fragmentsRoot(const QList<ManifestFragment> &fragments);

/// What the capture times of a run mean from since on; rules over what the pictures say.
struct ClockRun {
    std::uint64_t run = 0;
    microseconds offset{0};      ///< to be added to the times of the pictures
    microseconds uncertainty{0};
    UtcTime since{};             ///< by the pictures' own time
    bool operator==(const ClockRun &) const = default;
};

/// Time before a segment, since the end of the one before it, that is not recorded. from < to.
struct ManifestGap {
    UtcTime from{};
    UtcTime to{};
    GapReason reason = GapReason::Unknown;
    bool operator==(const ManifestGap &) const = default;
};

/// Another manifest of the same camera's stream.
struct ManifestLink {
    std::int64_t number = 0;
    QString id;         ///< of its segment
    Digest sha256{};    ///< of the manifest's bytes
    bool operator==(const ManifestLink &) const = default;
};

/// What is written beside a segment once it is finished, and proves later that nothing was changed or taken away. The
/// manifests of a camera's stream are numbered in the order in which they are written, and each holds the hash of the one
/// before: a chain. A renamed segment gets a new one at the chain's end that names all those it replaces. Value type.
struct Manifest {
    static constexpr int kVersion = 1;

    SegmentName name;            ///< with its run, also where the time is known
    UtcTime from{};              ///< capture time of the first picture
    UtcTime to{};                ///< end of the last one
    QString codec;               ///< of the pictures: "h264", "h265"
    int width = 0;               ///< pixels
    int height = 0;
    bool sound = false;          ///< AAC
    std::int64_t bytes = 0;      ///< of the file
    Digest sha256{};             ///< of the file
    std::uint32_t settingsVersion = 0; ///< of the agent, at the first picture
    QList<ClockRun> clockRuns;   ///< empty while the time is unknown
    QList<ManifestGap> gaps;     ///< before it, in order; within a segment there are none
    QList<ManifestFragment> fragments;
    std::int64_t number = 1;     ///< in the chain, from 1
    std::optional<ManifestLink> previous; ///< empty: none is known
    QList<ManifestLink> replaces; ///< newest first

    std::int64_t frames() const; ///< pictures
    bool operator==(const Manifest &) const = default;
};

QByteArray toJson(const Manifest &manifest);
/// InvalidInput names the key, also where counts, root, names or times contradict each other; Unsupported for a newer version.
Result<Manifest> parseManifest(const QByteArray &json);

} // namespace vedette::protocol
