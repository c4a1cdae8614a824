// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/timeline_widget.h"

#include "app/recordings/timeline_accessible.h"
#include "app/recordings/timeline_card.h"
#include "core/review/time_ticks.h"
#include "core/review/zone_time.h"

#include <QAccessible>
#include <QFocusEvent>
#include <QPainter>
#include <QResizeEvent>
#include <QScrollBar>

#include <algorithm>

namespace vedette::app {

using review::ReviewModel;
using review::TimeAxis;

namespace {

constexpr milliseconds kFastestTick{33}, kSlowestTick{500};

} // namespace

TimelineWidget::TimelineWidget(ReviewModel &model, TimelineForm form, QWidget *parent)
    : QWidget(parent), m_model(model), m_form(form), m_painter(model), m_scroll(new QScrollBar(Qt::Vertical, this))
{
    installTimelineAccessibility();
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setSizePolicy(QSizePolicy::Expanding, form == TimelineForm::Full ? QSizePolicy::Preferred : QSizePolicy::Fixed);
    setAccessibleName(tr("Time line"));
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->hide();
    connect(m_scroll, &QScrollBar::valueChanged, this, [this] { relayout(); });
    connect(&m_model, &ReviewModel::lanesChanged, this, [this] {
        updateGeometry();
        relayout();
    });
    connect(&m_model, &ReviewModel::laneChanged, this, [this] { update(); });
    connect(&m_model, &ReviewModel::selectionChanged, this, [this] { relayout(); });
    connect(&m_model, &ReviewModel::viewChanged, this, [this] {
        setTickRate();
        update();
    });
    connect(&m_model, &ReviewModel::zoneChanged, this, [this] { update(); });
    connect(&m_model, &ReviewModel::rangeChanged, this, [this] { update(); });
    connect(&m_model, &ReviewModel::cursorMoved, this, &TimelineWidget::cursorMoved);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        if (!isVisible())
            return;
        m_model.tick();
        const TimeAxis shown = axis();
        if (shown.shows(m_model.liveEdge()))
            update(); // the edge itself has moved
    });
    setTickRate();
    m_tick.start();
}

TimelineWidget::~TimelineWidget()
{
    delete m_card; // belongs to the window
}

TimeAxis TimelineWidget::axis() const
{
    return m_painter.axis(m_layout);
}

const TimelineCard *TimelineWidget::card() const
{
    return m_card && m_card->isVisible() ? m_card.data() : nullptr;
}

TimelinePainter::Look TimelineWidget::look() const
{
    const QSize size(width() - (m_scroll->isVisibleTo(this) ? m_scroll->width() : 0), height());
    return {m_form, m_layout, size, font(), devicePixelRatioF(), m_hoverX, hasFocus() && m_ring, m_hand == Hand::Scrubs};
}

void TimelineWidget::relayout()
{
    const TimelineLayout whole = layOutTimeline(m_form, size(), font(), m_model, m_scroll->value());
    const bool scrolls = whole.scrollMost > 0;
    m_scroll->setVisible(scrolls);
    if (scrolls) {
        const int wide = m_scroll->sizeHint().width();
        m_scroll->setRange(0, whole.scrollMost);
        m_scroll->setPageStep(whole.lanes.height());
        m_scroll->setSingleStep(scaled(font(), 18));
        m_scroll->setGeometry(width() - wide, whole.lanes.top(), wide, whole.lanes.height());
        m_layout = layOutTimeline(m_form, {width() - wide, height()}, font(), m_model, m_scroll->value());
    } else {
        m_layout = whole;
    }
    setTickRate();
    update();
}

void TimelineWidget::resizeEvent(QResizeEvent *)
{
    relayout();
}

void TimelineWidget::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        updateGeometry();
        relayout();
    }
    QWidget::changeEvent(event);
}

void TimelineWidget::focusInEvent(QFocusEvent *event)
{
    m_ring = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason || event->reason() == Qt::ShortcutFocusReason;
    update();
}

void TimelineWidget::focusOutEvent(QFocusEvent *)
{
    update();
}

QSize TimelineWidget::sizeHint() const
{
    return {scaled(font(), 640), timelineHeight(m_form, font(), m_model)};
}

QSize TimelineWidget::minimumSizeHint() const
{
    return {scaled(font(), 320), m_form == TimelineForm::Full ? scaled(font(), 28 + 2 * 30 + 38) : scaled(font(), 22 + 30)};
}

/// The live edge moves by about a pixel a step, whatever the scale.
void TimelineWidget::setTickRate()
{
    const auto step = std::chrono::duration_cast<milliseconds>(axis().perPixel());
    m_tick.setInterval(std::clamp(step, kFastestTick, kSlowestTick));
}

void TimelineWidget::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    const TimelinePainter::Look shown = look();
    m_painter.paint(painter, event->rect(), shown);
    m_headDrawn = m_painter.headRect(shown);
    if (shown.size.width() < width()) // beside the scroll bar
        painter.fillRect(QRect(shown.size.width(), 0, width() - shown.size.width(), height()), Theme::shown().color(Token::Panel));
}

void TimelineWidget::cursorMoved()
{
    const QRect now = m_painter.headRect(look());
    update(m_headDrawn);
    update(now);
    if (QAccessible::isActive()) {
        QAccessibleValueChangeEvent event(this, spoken());
        QAccessible::updateAccessibility(&event);
    }
}

QString TimelineWidget::spoken() const
{
    const QString clock = review::clockText(m_model.cursor(), m_model.zone(), false);
    const QString date = review::dateText(m_model.cursor(), m_model.now(), m_model.zone());
    return m_model.atLiveEdge() ? tr("live, %1 %2").arg(date, clock) : tr("%1 %2").arg(date, clock);
}

void TimelineWidget::zoomSteps(int steps)
{
    const TimeAxis shown = axis();
    const double x = shown.pixelOf(m_model.cursor());
    m_model.show(shown.zoomed(steps, x >= 0 && x < shown.width() ? int(x) : shown.width() / 2));
}

void TimelineWidget::showDay()
{
    const QDate date = review::wallTime(m_model.cursor(), m_model.zone()).date;
    m_model.show(review::dayStart(date, m_model.zone()), review::dayStart(date.addDays(1), m_model.zone()), axis().width());
}

void TimelineWidget::showRange()
{
    if (!m_model.range())
        return;
    const auto [from, to] = *m_model.range();
    const microseconds beside = (to - from) / 16;
    m_model.show(from - beside, to + beside, axis().width());
}

void TimelineWidget::setThumbnail(const QString &lane, UtcTime at, const QImage &image, const QString &problem)
{
    if (m_card && m_card->isVisible() && lane == m_cardLane && at == m_cardAt)
        m_card->setThumbnail(image, problem);
}

void TimelineWidget::hideEvent(QHideEvent *)
{
    endHover();
}

} // namespace vedette::app
