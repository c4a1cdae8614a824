// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/recordings/lane_text.h"

#include <QImage>
#include <QWidget>

namespace vedette::app {

/// What floats over the pointer on a time line: the picture of that moment and what is to be said of it. Takes no input.
/// A child of the window, so that it may cover the pictures.
class TimelineCard final : public QWidget {
    Q_OBJECT
public:
    explicit TimelineCard(QWidget *parent);

    /// time: of the moment, "13:46:02". thumbnail: as for a picture that is there or comes; without one only words.
    void setWords(const QString &time, const LaneWords &words, bool thumbnail);
    /// Null: it comes.
    void setThumbnail(const QImage &image, const QString &problem = {});
    const LaneWords &words() const { return m_words; }
    bool hasThumbnail() const { return m_thumbnail; }
    const QImage &thumbnail() const { return m_image; }
    /// Above this point of the parent, wholly inside of it where there is room.
    void showAbove(const QPoint &point);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    int textHeight(int width) const;

    QString m_time;
    LaneWords m_words;
    QImage m_image;
    QString m_problem;
    bool m_thumbnail = false;
};

} // namespace vedette::app
