// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"
#include "core/protocol/recording_lane.h"
#include "core/base/clock.h"

#include <QImage>
#include <QObject>

#include <condition_variable>
#include <mutex>
#include <optional>

namespace vedette::recordings {
class Library;
}

namespace vedette::app {

class TimelineWidget;

/// Small pictures of recorded moments: the key frame at or before each, from whichever source is nearest. One question
/// at a time; a newer one takes its place, also while it is being answered. Made and used on the main thread; decodes on a Worker.
class Thumbnailer final : public QObject {
    Q_OBJECT
public:
    /// Logical pixels of the card that shows them.
    static constexpr QSize kSize{192, 108};

    /// library: borrowed, thread-safe parts only.
    explicit Thumbnailer(const recordings::Library &library, QObject *parent = nullptr);
    ~Thumbnailer() override;

    void ask(const protocol::RecordingLane &lane, UtcTime at);
    /// Answers what this time line of camera lanes asks for. timeline: lives as long.
    void serve(TimelineWidget &timeline);

Q_SIGNALS:
    /// problem: why there is no picture; empty when there is one.
    void ready(const vedette::protocol::RecordingLane &lane, vedette::UtcTime at, const QImage &image, const QString &problem);

private:
    struct Question {
        protocol::RecordingLane lane;
        UtcTime at{};
    };
    void run(const std::stop_token &stop);

    const recordings::Library &m_library;
    std::mutex m_mutex; // guards m_question and m_current
    std::condition_variable_any m_wake;
    std::optional<Question> m_question;
    std::stop_source m_current; // of what is being answered
    Worker m_worker;            // last: it stops before the rest goes
};

} // namespace vedette::app
