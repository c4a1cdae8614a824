// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QPushButton;
class QToolButton;

namespace vedette::recordings {
class Library;
}

namespace vedette::review {
class ReviewModel;
class Transport;
}

namespace vedette::app {

class DigitLabel;
class GlyphLabel;
class TimelineWidget;

/// The time line under the live wall: the selected camera and all of them, and how to come back. Shows the same model as the
/// place Recordings. Main thread.
class ReviewStrip final : public QFrame {
    Q_OBJECT
public:
    /// All borrowed.
    ReviewStrip(review::ReviewModel &model, review::Transport &transport, const recordings::Library &library, QWidget *parent = nullptr);

    TimelineWidget &timeline() { return *m_timeline; }

Q_SIGNALS:
    /// "Recordings ↗".
    void recordingsWanted();

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void update();

    review::ReviewModel &m_model;
    review::Transport &m_transport;
    GlyphLabel *m_glyph;
    DigitLabel *m_age;
    QToolButton *m_play;
    QPushButton *m_live;
    QPushButton *m_recordings;
    TimelineWidget *m_timeline;
};

} // namespace vedette::app
