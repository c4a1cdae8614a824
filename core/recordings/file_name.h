// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/recording_lane.h"
#include "core/protocol/segment_name.h"

#include <QString>
#include <QTimeZone>

#include <optional>

namespace vedette::recordings {

/// What a file's path says of what is in it. Value type.
struct FileName {
    protocol::RecordingLane lane;
    std::optional<UtcTime> from;               ///< of the first picture, as exact as the name tells; empty: the name tells none
    bool zoned = false;                        ///< the name tells its zone, or says UTC by being ours
    std::optional<protocol::SegmentName> ours; ///< the name that an agent gives
};

/// Whether the ending is that of a container with video in it: mp4, m4v, mov, mkv, webm, ts, mts, m2ts, avi, flv.
bool isMediaName(const QString &path);

/// Any name as the id of a camera: lower case, what is no letter or digit becomes "-"; empty where nothing is left.
QString cameraIdOf(const QString &text);

/// path: absolute, or below root, which names the camera of what lies in it. Our own names, also where only the file or the
/// day's folder was copied; names with date and time in them, such as MediaMTX's "%Y-%m-%d_%H-%M-%S-%f", ISO 8601, seconds,
/// milliseconds or microseconds since 1970; a date as folder and a time as name; Frigate's "date/hour/camera/MM.SS".
/// zone: of times that do not tell theirs. The camera is what else the name says, else the nearest folder that is no date.
FileName parseFileName(const QString &path, const QString &root, const QTimeZone &zone);

} // namespace vedette::recordings
