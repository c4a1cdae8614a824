// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>

#include <tuple>

namespace vedette::protocol {

/// One stream of one camera, as far as recordings go. Value type.
struct RecordingLane {
    QString camera;
    QString stream = QStringLiteral("main"); ///< "main" or "sub"

    bool operator==(const RecordingLane &) const = default;
    /// By camera, main before sub. (QString has no <=> before Qt 6.7.)
    bool operator<(const RecordingLane &other) const { return std::tie(camera, stream) < std::tie(other.camera, other.stream); }
};

inline std::size_t qHash(const RecordingLane &lane, std::size_t seed = 0)
{
    return qHashMulti(seed, lane.camera, lane.stream);
}

} // namespace vedette::protocol
