// SPDX-License-Identifier: GPL-3.0-or-later
// The hands on the time line.
#include "app/recordings/timeline_card.h"
#include "app/recordings/timeline_widget.h"
#include "core/base/compat.h"
#include "core/review/time_ticks.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QDateTime>
#include <QMenu>
#include <QMouseEvent>
#include <QScrollBar>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace vedette::app {

using review::LaneMark;
using review::SpanKind;
using review::TimeAxis;

namespace {

constexpr int kNotch = 120;        // QWheelEvent::angleDelta() of one step of a wheel
constexpr int kStepsANotch = 4;    // half an octave
constexpr int kGrabPixels = 5;     // beside the line of the play head
constexpr int kMarkPixels = 6;     // beside a mark

} // namespace

UtcTime TimelineWidget::timeAt(int x) const
{
    return axis().timeAt(x - m_layout.ruler.left());
}

TimelineWidget::Hand TimelineWidget::handFor(const QPoint &point) const
{
    const TimelinePainter::Look shown = look();
    if (point.x() < m_layout.ruler.left())
        return Hand::Free;
    if (m_painter.handleRect(shown, true).contains(point))
        return Hand::MovesStart;
    if (m_painter.handleRect(shown, false).contains(point))
        return Hand::MovesEnd;
    const double head = axis().pixelOf(m_model.cursor()) + m_layout.ruler.left();
    if (m_layout.ruler.contains(point) || (m_layout.lanes.contains(point) && std::abs(point.x() - head) <= kGrabPixels))
        return Hand::Scrubs;
    return m_layout.lanes.contains(point) ? Hand::Pressed : Hand::Free;
}

void TimelineWidget::updateShape(const QPoint &point)
{
    switch (m_hand == Hand::Free ? handFor(point) : m_hand) {
    case Hand::Pans: setCursor(Qt::ClosedHandCursor); break;
    case Hand::MovesStart:
    case Hand::MovesEnd:
    case Hand::Selects: setCursor(Qt::SplitHCursor); break;
    case Hand::Scrubs: setCursor(m_layout.ruler.contains(point) ? Qt::PointingHandCursor : Qt::SizeHorCursor); break;
    default: setCursor(Qt::ArrowCursor); break;
    }
}

/// Within a few pixels; of a span anywhere in it.
const review::LaneMark *TimelineWidget::markAt(int lane, UtcTime at, LaneMark::Kind kind) const
{
    if (lane < 0)
        return nullptr;
    const TimeAxis shown = axis();
    const microseconds near = shown.perPixel() * kMarkPixels;
    for (const LaneMark &mark : m_model.content(lane, shown).marks) {
        if (mark.kind == kind && at >= mark.at - near && at <= mark.to.value_or(mark.at) + near)
            return &mark;
    }
    return nullptr;
}

const LaneMark *TimelineWidget::bookmarkAtHead() const
{
    for (int i = 0; i < m_model.laneCount(); ++i) {
        if (m_model.lane(i).id() == m_model.selectedLane())
            return markAt(i, m_model.cursor(), LaneMark::Kind::Bookmark);
    }
    return nullptr;
}

void TimelineWidget::scrubTo(int x)
{
    m_model.seek(timeAt(std::clamp(x, m_layout.ruler.left(), m_layout.ruler.right() + 1)));
}

void TimelineWidget::selectRow(const QPoint &point)
{
    const TimelineLayout::Row *row = m_layout.rowAt(point.y());
    if (row && row->lane >= 0 && m_model.lane(row->lane).shape() == review::LaneSource::Shape::Spans)
        m_model.selectLane(m_model.lane(row->lane).id());
}

void TimelineWidget::mousePressEvent(QMouseEvent *event)
{
    m_pinned = false;
    endHover();
    const QPoint point = event->position().toPoint();
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)
        return;
    m_pressed = point;
    m_pressedAxis = axis();
    if (point.x() < m_layout.ruler.left()) {
        selectRow(point);
        return;
    }
    m_hand = event->button() == Qt::MiddleButton ? Hand::Pressed : handFor(point);
    if (event->modifiers() & Qt::ShiftModifier && m_hand != Hand::Free) {
        m_hand = Hand::Selects;
        m_anchor = timeAt(point.x());
    }
    if (m_hand == Hand::Scrubs) {
        m_model.setScrubbing(true);
        scrubTo(point.x());
        update();
    }
    updateShape(point);
}

void TimelineWidget::mouseMoveEvent(QMouseEvent *event)
{
    const QPoint point = event->position().toPoint();
    switch (m_hand) {
    case Hand::Free: hover(point); break;
    case Hand::Pressed:
        if ((point - m_pressed).manhattanLength() < QApplication::startDragDistance())
            break;
        m_hand = Hand::Pans;
        [[fallthrough]];
    case Hand::Pans: m_model.show(m_pressedAxis.panned(m_pressed.x() - point.x())); break;
    case Hand::Scrubs: scrubTo(point.x()); break;
    case Hand::Selects: m_model.setRange(review::ReviewModel::Range{m_anchor, timeAt(point.x())}); break;
    case Hand::MovesStart:
        if (const auto range = m_model.range())
            m_model.setRange(review::ReviewModel::Range{std::min(timeAt(point.x()), range->second - microseconds{1000}), range->second});
        break;
    case Hand::MovesEnd:
        if (const auto range = m_model.range())
            m_model.setRange(review::ReviewModel::Range{range->first, std::max(timeAt(point.x()), range->first + microseconds{1000})});
        break;
    }
    updateShape(point);
}

void TimelineWidget::mouseReleaseEvent(QMouseEvent *event)
{
    const QPoint point = event->position().toPoint();
    const Hand hand = m_hand;
    m_hand = Hand::Free;
    if (hand == Hand::Pressed && event->button() == Qt::LeftButton) { // a click, nothing was dragged
        selectRow(point);
        const TimelineLayout::Row *row = m_layout.rowAt(point.y());
        if (const LaneMark *mark = row ? markAt(row->lane, timeAt(point.x()), LaneMark::Kind::Bookmark) : nullptr)
            m_model.seek(mark->at);
        else
            scrubTo(point.x());
    }
    if (hand == Hand::Scrubs) {
        m_model.setScrubbing(false);
        update();
    }
    updateShape(point);
}

void TimelineWidget::wheelEvent(QWheelEvent *event)
{
    event->accept();
    const QPoint point = event->position().toPoint();
    const QPoint turned = event->angleDelta();
    if (point.x() < m_layout.ruler.left()) { // over the heads it scrolls the lanes
        m_scroll->setValue(m_scroll->value() - turned.y() / 3);
        return;
    }
    if (std::abs(turned.x()) > std::abs(turned.y()) || event->modifiers() & Qt::ShiftModifier) {
        const int by = turned.x() != 0 ? turned.x() : turned.y();
        m_model.show(axis().panned(-by / 2));
    } else {
        m_wheel += turned.y() * kStepsANotch;
        const int steps = m_wheel / kNotch;
        m_wheel -= steps * kNotch;
        m_model.show(axis().zoomed(steps, point.x() - m_layout.ruler.left()));
    }
    hover(point);
}

void TimelineWidget::keyPressEvent(QKeyEvent *event)
{
    const TimeAxis shown = axis();
    switch (event->key()) {
    case Qt::Key_PageUp: m_model.show(shown.panned(-shown.width() * 3 / 4)); return;
    case Qt::Key_PageDown: m_model.show(shown.panned(shown.width() * 3 / 4)); return;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        if (event->modifiers() & Qt::ControlModifier)
            return zoomSteps(kStepsANotch);
        break;
    case Qt::Key_Minus:
        if (event->modifiers() & Qt::ControlModifier)
            return zoomSteps(-kStepsANotch);
        break;
    case Qt::Key_Escape:
        if (m_card && m_card->isVisible()) {
            m_pinned = false;
            return endHover();
        }
        break;
    default: break;
    }
    QWidget::keyPressEvent(event);
}

// Hover -----------------------------------------------------------------------------------------------------------------

void TimelineWidget::hover(const QPoint &point)
{
    const QRect before = TimelinePainter::hoverRect(look());
    const bool over = point.x() >= m_layout.ruler.left() && (m_layout.lanes.contains(point) || m_layout.ruler.contains(point));
    m_hoverX = over ? std::optional(point.x()) : std::nullopt;
    if (TimelinePainter::hoverRect(look()) != before) {
        update(before);
        update(TimelinePainter::hoverRect(look()));
    }
    if (m_pinned)
        return;
    const TimelineLayout::Row *row = over ? m_layout.rowAt(point.y()) : nullptr;
    if (!row || !showDetail(*row, timeAt(point.x()), true)) {
        if (m_card)
            m_card->hide();
        return;
    }
    // A picture stands above everything, so that all lanes stay in sight; words stand at their lane.
    m_card->showAbove(mapTo(window(), QPoint(point.x(), m_card->hasThumbnail() ? 0 : row->rect.top())));
}

/// False: there is nothing to say.
bool TimelineWidget::showDetail(const TimelineLayout::Row &row, UtcTime at, bool thumbnail)
{
    int lane = row.lane;
    if (lane == TimelineLayout::kAllLanes) {
        for (int i = 0; i < m_model.laneCount() && lane < 0; ++i)
            lane = m_model.lane(i).id() == m_model.selectedLane() || m_model.selectedLane().isEmpty() ? i : lane;
    }
    if (lane < 0 || at > m_model.liveEdge())
        return false;
    const auto detail = m_model.lane(lane).detail(at);
    if (!detail)
        return false;
    if (!m_card)
        m_card = new TimelineCard(window());
    const bool picture = thumbnail && review::playable(detail->kind);
    LaneWords words = describe(*detail, m_model.lane(lane).name(), m_model.now(), m_model.zone());
    if (picture)
        words.where.clear(); // the picture shows it
    for (const LaneMark::Kind kind : {LaneMark::Kind::Bookmark, LaneMark::Kind::Protection}) {
        if (const LaneMark *mark = markAt(lane, at, kind)) {
            const QString text = kind == LaneMark::Kind::Bookmark ? tr("Bookmark: %1").arg(mark->text) : tr("Protected: %1").arg(mark->text);
            words.more += (words.more.isEmpty() ? QString() : QStringLiteral("\n")) + text;
        }
    }
    QString moment = review::momentText(at, m_model.zone(), axis());
    if (axis().span() > std::chrono::hours{36})
        moment.prepend(review::dateText(at, m_model.now(), m_model.zone()) + QLatin1Char(' '));
    m_card->setWords(moment, words, picture);
    if (picture && (m_cardLane != m_model.lane(lane).id() || m_cardAt != at)) {
        m_cardLane = m_model.lane(lane).id();
        m_cardAt = at;
        Q_EMIT thumbnailWanted(m_cardLane, at);
    }
    return true;
}

void TimelineWidget::explain(const QPoint &point)
{
    const TimelineLayout::Row *row = m_layout.rowAt(point.y());
    if (!row || !showDetail(*row, timeAt(point.x()), false))
        return;
    m_pinned = true;
    m_card->showAbove(mapTo(window(), QPoint(point.x(), row->rect.top())));
}

void TimelineWidget::endHover()
{
    update(TimelinePainter::hoverRect(look()));
    m_hoverX.reset();
    if (m_card && !m_pinned)
        m_card->hide();
}

void TimelineWidget::leaveEvent(QEvent *)
{
    endHover();
}

// Menu ------------------------------------------------------------------------------------------------------------------

QMenu *TimelineWidget::makeMenu(const QPoint &point)
{
    const UtcTime at = timeAt(std::clamp(point.x(), m_layout.ruler.left(), m_layout.ruler.right() + 1));
    const TimelineLayout::Row *row = m_layout.rowAt(point.y());
    const int lane = row ? row->lane : TimelineLayout::kAllLanes;
    const QString id = lane >= 0 ? m_model.lane(lane).id() : m_model.selectedLane();
    auto *menu = new QMenu(this);
    menu->setAccessibleName(tr("Time line"));
    const auto add = [menu](const QString &text, const QString &key, auto &&run) {
        QAction *action = menu->addAction(key.isEmpty() ? text : text + QLatin1Char('\t') + key);
        QObject::connect(action, &QAction::triggered, menu, run);
        return action;
    };
    const bool past = at <= m_model.liveEdge();
    add(tr("Play here"), {}, [this, at] {
        m_model.seek(at);
        Q_EMIT playWanted(at);
    })->setEnabled(past);
    add(tr("Bookmark…"), {}, [this, at, id] { Q_EMIT bookmarkWanted(at, id); })->setEnabled(past);
    menu->addSeparator();
    add(tr("Start range"), QStringLiteral("["), [this, at] { m_model.setRangeStart(at); });
    add(tr("End range"), QStringLiteral("]"), [this, at] { m_model.setRangeEnd(at); });
    if (const LaneMark *kept = markAt(lane, at, LaneMark::Kind::Protection)) {
        add(tr("Lift protection"), {}, [this, id, mark = kept->id] { Q_EMIT unprotectWanted(id, mark); });
    } else {
        // With the reason where it cannot be done.
        QAction *protect = add(m_model.range() ? tr("Protect range…") : tr("Protect range… (select one with Shift and drag)"), {}, [this] { Q_EMIT protectWanted(); });
        protect->setEnabled(m_model.range().has_value());
    }
    menu->addSeparator();
    add(tr("Copy time"), {}, [at] {
        QApplication::clipboard()->setText(QDateTime::fromMSecsSinceEpoch(toMicros(at) / 1000, compat::kUtc).toString(Qt::ISODateWithMs));
    });
    std::optional<review::LaneDetail> detail;
    if (lane >= 0 && past)
        detail = m_model.lane(lane).detail(at);
    const bool gap = detail && !review::playable(detail->kind);
    add(gap || !detail ? tr("Explain this gap") : tr("Explain this gap (this moment is recorded)"), {}, [this, point] { explain(point); })->setEnabled(gap);
    return menu;
}

void TimelineWidget::contextMenuEvent(QContextMenuEvent *event)
{
    QPoint point = event->pos();
    QPoint global = event->globalPos();
    if (event->reason() == QContextMenuEvent::Keyboard) { // at the play head, over the selected lane
        point.setX(m_layout.ruler.left() + int(std::clamp(axis().pixelOf(m_model.cursor()), 0.0, double(axis().width()))));
        for (const TimelineLayout::Row &row : m_layout.rows) {
            if (row.lane >= 0 && m_model.lane(row.lane).id() == m_model.selectedLane())
                point.setY(row.rect.center().y());
        }
        global = mapToGlobal(point);
    }
    endHover();
    QMenu *menu = makeMenu(point);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(global);
}

} // namespace vedette::app
