// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/recordings/recording_source.h"

namespace vedette::recordings {

enum class Direction : std::uint8_t { Forward, Backward };

/// A piece and who has it. Value type; keeps the source alive.
struct Copy {
    std::shared_ptr<RecordingSource> source;
    Piece piece;
};

} // namespace vedette::recordings
