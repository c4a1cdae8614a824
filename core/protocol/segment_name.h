// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QString>

#include <optional>

namespace vedette::protocol {

/// What one recorded file is called: its path below a recordings folder or in a store, and its id in URLs. One place,
/// encode and decode together. Value type.
///
///   time known:    camera-gate/20261121/141500_camera-gate.mp4               gate-20261121T141500
///     a stream:    camera-gate/20261121/141500_camera-gate_sub.mp4           gate-20261121T141500_sub
///     name taken:  camera-gate/20261121/141500_camera-gate_00000000000000a7.mp4   gate-20261121T141500_00000000000000a7
///      that, too:   camera-gate/20261121/141500_camera-gate_00000000000000a7-1.mp4 gate-20261121T141500_00000000000000a7-1
///   time unknown:  camera-gate/unknown/00000000000000a7-3.mp4                gate-00000000000000a7-3
///     a stream:    camera-gate/unknown/00000000000000a7-3_sub.mp4            gate-00000000000000a7-3_sub
struct SegmentName {
    static constexpr int kMaxNumber = 999'999'999;

    QString camera;               ///< an id, see isValidId()
    QString stream = QStringLiteral("main"); ///< "main" or "sub"
    /// Of the first picture, whole seconds UTC, year 1970 to 9999; empty while the clock has not been synchronised.
    std::optional<std::chrono::sys_seconds> start;
    std::uint64_t run = 0;        ///< of the capture clock; in the name of a known time only where taken
    int number = 0;               ///< of the segment in its run, from 0; for a known time only where the run's name is taken, too
    bool taken = false;           ///< another segment has the plain name

    QString id() const;
    /// Path of the media file, with '/' between, ending in ".mp4".
    QString path() const;
    /// The same, ending in ".json": the manifest beside it.
    QString manifestPath() const;
    /// The folder of path(): "camera-gate/20261121".
    QString folder() const;
    bool operator==(const SegmentName &) const = default;
};

/// InvalidInput for anything that id() does not make.
Result<SegmentName> parseSegmentId(const QString &id);
/// The same for path(): what other programs left in the tree is no segment of ours.
Result<SegmentName> parseSegmentPath(const QString &path);
/// The same for manifestPath().
Result<SegmentName> parseManifestPath(const QString &path);

} // namespace vedette::protocol
