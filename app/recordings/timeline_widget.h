// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/recordings/timeline_painter.h"

#include <QPointer>
#include <QTimer>
#include <QWidget>

class QMenu;
class QScrollBar;

namespace vedette::app {

class TimelineCard;

/// The time line: a view of a ReviewModel and the hands on it. The wheel zooms about the pointer, dragging pans, a click or
/// a drag of the play head or in the ruler seeks, Shift and drag selects a range. Full in Recordings, a strip in Live. Main thread.
class TimelineWidget final : public QWidget {
    Q_OBJECT
public:
    /// model: borrowed.
    TimelineWidget(review::ReviewModel &model, TimelineForm form, QWidget *parent = nullptr);
    ~TimelineWidget() override;

    review::ReviewModel &model() const { return m_model; }
    review::TimeAxis axis() const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    /// As by the wheel, about the play head where it is in sight.
    void zoomSteps(int steps);
    /// The whole local day around the play head; the chosen range.
    void showDay();
    void showRange();
    /// The picture that thumbnailWanted() asked for; problem: why there is none.
    void setThumbnail(const QString &lane, UtcTime at, const QImage &image, const QString &problem);
    /// The card that is on show; null: none.
    const TimelineCard *card() const;
    /// Of the context menu over a point, for tests and keyboards. The caller owns it.
    QMenu *makeMenu(const QPoint &at);
    /// The bookmark of the selected lane at the play head; null: none there.
    const review::LaneMark *bookmarkAtHead() const;
    /// One phrase for screen readers: what is shown, and the play head.
    QString spoken() const;

Q_SIGNALS:
    /// The newest counts.
    void thumbnailWanted(const QString &lane, vedette::UtcTime at);
    void playWanted(vedette::UtcTime at);
    void bookmarkWanted(vedette::UtcTime at, const QString &lane);
    void protectWanted();
    void unprotectWanted(const QString &lane, const QString &id);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    enum class Hand : std::uint8_t { Free, Pressed, Pans, Scrubs, Selects, MovesStart, MovesEnd };

    TimelinePainter::Look look() const;
    void relayout();
    void cursorMoved();
    void setTickRate();
    UtcTime timeAt(int x) const;
    Hand handFor(const QPoint &point) const;
    void scrubTo(int x);
    void updateShape(const QPoint &point);
    void hover(const QPoint &point);
    void endHover();
    void explain(const QPoint &point);
    bool showDetail(const TimelineLayout::Row &row, UtcTime at, bool thumbnail);
    void selectRow(const QPoint &point);
    const review::LaneMark *markAt(int lane, UtcTime at, review::LaneMark::Kind kind) const;

    review::ReviewModel &m_model;
    const TimelineForm m_form;
    TimelinePainter m_painter;
    TimelineLayout m_layout;
    QScrollBar *m_scroll;
    QPointer<TimelineCard> m_card;
    QTimer m_tick;
    QRect m_headDrawn;        // where the play head was drawn last
    std::optional<int> m_hoverX;
    QString m_cardLane;       // whose picture the card waits for
    UtcTime m_cardAt{};
    bool m_ring = false;      // the keyboard brought the focus
    bool m_pinned = false;    // the card stays until the next press
    Hand m_hand = Hand::Free;
    QPoint m_pressed;
    review::TimeAxis m_pressedAxis;
    UtcTime m_anchor{};       // the other end of a range that is being drawn
    int m_wheel = 0;          // of a wheel that turns by less than a step
};

} // namespace vedette::app
