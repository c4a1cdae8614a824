// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/sha256.h"
#include "core/protocol/coverage.h"
#include "core/protocol/segment_name.h"

#include <optional>

namespace vedette::protocol {

/// Of the media file on the agent: being written, whole, or removed by a rule of retention.
enum class RecordingState : std::uint8_t { Open, Finished, Expired };
QString toString(RecordingState state); ///< "open"
std::optional<RecordingState> recordingStateFromString(QStringView word);

/// One recorded file as its agent lists it. Value type.
struct Recording {
    SegmentName name;      ///< where name.start is empty, from and to are by the run's own clock
    UtcTime from{};        ///< capture time of the first picture
    UtcTime to{};          ///< end of the last one
    RecordingState state = RecordingState::Open;
    Custody custody = Custody::OnEdge;
    QString codec;         ///< of the pictures: "h264", "h265"
    int width = 0;         ///< pixels
    int height = 0;
    bool sound = false;
    std::int64_t bytes = 0;
    std::int64_t frames = 0; ///< pictures
    std::optional<Digest> root;     ///< see fragmentsRoot(); empty while there is no manifest
    std::optional<Digest> manifest; ///< SHA-256 of the manifest
    QString expiredBy;     ///< the rule that removed it: "age", "size", "free_space"; empty where none did
    bool operator==(const Recording &) const = default;
};

/// Recordings of one camera's stream in order of time, then those of unknown time.
struct RecordingPage {
    static constexpr int kDefaultLimit = 100;
    static constexpr int kMaxLimit = 1000;

    QString camera;
    QString stream = QStringLiteral("main");
    QList<Recording> recordings;
    QString next; ///< ask for the next page with after=next; empty: that was all
    bool operator==(const RecordingPage &) const = default;
};

QByteArray toJson(const RecordingPage &page);
/// InvalidInput names the key.
Result<RecordingPage> parseRecordingPage(const QByteArray &json);

} // namespace vedette::protocol
