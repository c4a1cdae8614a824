// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/coverage.h"

#include <QString>

#include <optional>

namespace vedette::recordings {

/// Where the playing of one lane stands, for its tile. Value type.
struct LaneState {
    enum class Kind : std::uint8_t {
        Seeking,    ///< no picture of this moment yet, or only the key frame before it (preview)
        Playing,
        Paused,     ///< the exact picture of the position is shown
        Gap,        ///< nothing is recorded at the position
        AtLiveEdge, ///< all that is recorded so far has been shown
        Failed,     ///< no copy of this moment can be read; the rest goes on
    };

    Kind kind = Kind::Seeking;
    QString reason;                ///< Gap and Failed: one sentence
    std::optional<protocol::GapReason> gap; ///< Gap: why, as far as a source tells
    std::optional<UtcTime> until;  ///< Gap: where recorded pictures go on in the direction of play; empty: nowhere known
    QString source;                ///< name of the source that plays
    std::optional<UtcTime> shown;  ///< capture time of the picture that take() gave or would give
    bool known = true;             ///< its clock had been synchronised
    microseconds skew{0};          ///< position less shown, at the moment that picture was due
    bool preview = false;          ///< Seeking: the key frame before the wanted picture is shown
    bool keyFramesOnly = false;    ///< the rate is beyond Player::kEveryPicture
    bool late = false;             ///< decoding does not keep up; pictures are left out
    QString remark;                ///< what is wrong though it plays, see SegmentReader::remark(); empty: nothing

    bool operator==(const LaneState &) const = default;
};

} // namespace vedette::recordings
