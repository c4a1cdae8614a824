// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <compare>

namespace vedette::protocol {

/// One stream of one camera, as far as recordings go. Value type.
struct RecordingLane {
    QString camera;
    QString stream = QStringLiteral("main"); ///< "main" or "sub"

    auto operator<=>(const RecordingLane &) const = default;
};

inline std::size_t qHash(const RecordingLane &lane, std::size_t seed = 0)
{
    return qHashMulti(seed, lane.camera, lane.stream);
}

} // namespace vedette::protocol
