// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/recording_lane.h"
#include "core/review/lane.h"

namespace vedette::recordings {
class Library;
}

namespace vedette::review {

/// What has been recorded of one stream of one camera, as the library knows it.
class CameraLane final : public LaneSource {
    Q_OBJECT
public:
    /// library: borrowed.
    CameraLane(recordings::Library &library, protocol::RecordingLane lane, QString name);

    const protocol::RecordingLane &lane() const { return m_lane; }
    static QString idOf(const protocol::RecordingLane &lane) { return lane.camera + QLatin1Char('/') + lane.stream; }
    /// What is there at this very moment, however small the scale.
    SpanKind kindAt(UtcTime at) const;
    /// Bookmarks and protections of this camera, by time.
    void setMarks(std::vector<LaneMark> marks);

    Shape shape() const override { return Shape::Spans; }
    QString id() const override { return idOf(m_lane); }
    QString name() const override { return m_name; }
    LaneContent content(UtcTime from, UtcTime to, microseconds finest) override;
    /// Gaps, and what is expired or lost, are followed to both ends, up to a year.
    std::optional<LaneDetail> detail(UtcTime at) override;

private:
    recordings::Library &m_library;
    const protocol::RecordingLane m_lane;
    const QString m_name;
    std::vector<LaneMark> m_marks;
};

} // namespace vedette::review
