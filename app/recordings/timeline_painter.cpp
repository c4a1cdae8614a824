// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/timeline_painter.h"

#include "app/recordings/lane_text.h"
#include "app/widgets/digits.h"
#include "app/widgets/glyphs.h"
#include "core/review/time_ticks.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace vedette::app {

using review::LaneMark;
using review::LaneRun;
using review::SpanKind;
using review::TimeAxis;
using review::TimeTick;

namespace {

constexpr int kGrip = 36;       // of the play head
constexpr int kHandle = 10;     // of a range's end
constexpr int kPad = 12;

QString tr(const char *text)
{
    return QCoreApplication::translate("TimelinePainter", text);
}

void drawElided(QPainter &painter, const QRect &rect, const QString &text)
{
    painter.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(text, Qt::ElideMiddle, rect.width()));
}

} // namespace

TimeAxis TimelinePainter::axis(const TimelineLayout &layout) const
{
    return m_model.axis(std::max(1, layout.lanes.width()));
}

QString TimelinePainter::headText(const TimeAxis &axis) const
{
    const QString clock = review::clockText(m_model.cursor(), m_model.zone(), axis.perPixel() < std::chrono::seconds{10});
    if (axis.span() <= std::chrono::hours{36})
        return clock;
    return review::dateText(m_model.cursor(), m_model.now(), m_model.zone()) + QLatin1Char(' ') + clock;
}

QRect TimelinePainter::headRect(const Look &look) const
{
    const TimeAxis axis = this->axis(look.layout);
    const double x = axis.pixelOf(m_model.cursor());
    if (x < -1 || x > axis.width() + 1)
        return {};
    const QFontMetricsF metrics(roleFont(look.font, TextRole::SmallStrong));
    const int width = std::max(scaled(look.font, kGrip), int(std::ceil(digitsWidth(metrics, headText(axis)))) + scaled(look.font, 12));
    const int left = std::clamp(look.layout.ruler.left() + int(x) - width / 2, look.layout.ruler.left(), std::max(look.layout.ruler.left(), look.size.width() - width));
    const int line = look.layout.ruler.left() + int(std::floor(x));
    return QRect(left, 0, width, look.layout.ruler.height()) | QRect(line - 1, 0, 4, look.layout.lanes.bottom() + 1);
}

QRect TimelinePainter::hoverRect(const Look &look)
{
    if (!look.hoverX)
        return {};
    return {*look.hoverX - 1, look.layout.ruler.top(), 3, look.layout.lanes.bottom() + 1};
}

QRect TimelinePainter::handleRect(const Look &look, bool start) const
{
    if (!m_model.range())
        return {};
    const TimeAxis axis = this->axis(look.layout);
    const double x = axis.pixelOf(start ? m_model.range()->first : m_model.range()->second);
    if (x < -1 || x > axis.width() + 1)
        return {};
    const int side = scaled(look.font, kHandle);
    const int at = look.layout.ruler.left() + int(x);
    return {start ? at - side / 2 : at - side / 2, look.layout.ruler.bottom() - side, side, look.layout.lanes.height() + side};
}

void TimelinePainter::paint(QPainter &painter, const QRect &dirty, const Look &look)
{
    const Theme &theme = Theme::shown();
    const TimeAxis axis = this->axis(look.layout);
    Key key{look.size, look.devicePixelRatio, axis, look.layout.rows.empty() ? 0 : look.layout.rows.front().rect.top(),
            look.font, theme.isDark(), m_model.zone().id(), m_model.selectedLane(), {}};
    for (const TimelineLayout::Row &row : look.layout.rows) {
        for (int lane = row.lane < 0 ? 0 : row.lane; lane <= (row.lane < 0 ? m_model.laneCount() - 1 : row.lane); ++lane) {
            if (m_model.lane(lane).shape() == review::LaneSource::Shape::Spans)
                m_model.strip(lane, axis); // fetches what is old, which raises the revision
            else
                m_model.content(lane, axis);
            key.revisions.push_back(m_model.revision(lane));
        }
    }
    if (m_still.isNull() || key != m_key) {
        if (!m_lanes || key.dark != m_key.dark || key.ratio != m_key.ratio)
            m_lanes.emplace(theme, look.devicePixelRatio);
        m_key = std::move(key);
        drawStill(look, axis);
    }
    const qreal ratio = look.devicePixelRatio;
    painter.drawImage(dirty, m_still, QRectF(dirty.x() * ratio, dirty.y() * ratio, dirty.width() * ratio, dirty.height() * ratio));

    painter.save();
    painter.setClipRect(QRect(look.layout.ruler.left(), 0, look.layout.ruler.width(), look.size.height()), Qt::IntersectClip);
    drawRange(painter, look, axis);
    drawLiveEdge(painter, look, axis);
    if (look.hoverX && *look.hoverX >= look.layout.ruler.left())
        painter.fillRect(QRect(*look.hoverX, look.layout.ruler.bottom() + 1, 1, look.layout.lanes.height()), theme.color(Token::Border));
    drawPlayHead(painter, look, axis);
    painter.restore();
    if (look.focused) {
        painter.setPen(QPen(theme.color(Token::Accent), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRect(QPoint(0, 0), look.size).adjusted(1, 1, -1, -1));
    }
}

void TimelinePainter::drawStill(const Look &look, const TimeAxis &axis)
{
    ++m_drawnAnew;
    const Theme &theme = Theme::shown();
    const QSize device = (QSizeF(look.size) * look.devicePixelRatio).toSize();
    if (m_still.size() != device)
        m_still = QImage(device, QImage::Format_RGB32);
    m_still.setDevicePixelRatio(look.devicePixelRatio);
    m_still.fill(theme.color(Token::Panel));
    QPainter painter(&m_still);
    drawRuler(painter, look, axis);
    painter.save();
    painter.setClipRect(QRect(0, look.layout.lanes.top(), look.size.width(), look.layout.lanes.height()));
    for (const TimelineLayout::Row &row : look.layout.rows)
        drawRow(painter, look, row, axis);
    painter.restore();
    if (look.form == TimelineForm::Full)
        painter.fillRect(QRect(look.layout.heads - 1, 0, 1, look.layout.lanes.bottom() + 1), theme.color(Token::Line));
    if (!look.layout.legend.isEmpty())
        drawLegend(painter, look);
}

void TimelinePainter::drawRuler(QPainter &painter, const Look &look, const TimeAxis &axis) const
{
    const Theme &theme = m_lanes->theme();
    const QRect ruler = look.layout.ruler;
    const int pad = scaled(look.font, kPad);
    painter.setFont(roleFont(look.font, TextRole::Small));
    painter.setPen(theme.color(Token::Muted));
    if (look.layout.heads > 0)
        drawElided(painter, QRect(pad, ruler.top(), look.layout.heads - 2 * pad, ruler.height()), lengthText(axis.span()));
    painter.fillRect(QRect(0, ruler.bottom(), look.size.width(), 1), theme.color(Token::Line));

    const QFontMetrics metrics(painter.font());
    const QFontMetrics strong(roleFont(look.font, TextRole::SmallStrong));
    const int label = std::max(metrics.horizontalAdvance(QStringLiteral("00:00:00.000")), strong.horizontalAdvance(QStringLiteral("Wed 28 Sep")))
                      + scaled(look.font, 18);
    painter.save();
    painter.setClipRect(QRect(ruler.left(), 0, ruler.width(), look.layout.lanes.bottom() + 1));
    for (const TimeTick &tick : review::timeTicks(axis, m_model.zone(), label)) {
        const int x = ruler.left() + int(std::floor(axis.pixelOf(tick.at)));
        const bool day = tick.kind == TimeTick::Kind::Day, minor = tick.kind == TimeTick::Kind::Minor;
        const int length = minor ? ruler.height() / 6 : ruler.height() / 3;
        painter.fillRect(QRect(x, ruler.bottom() + 1 - length, 1, length), theme.color(minor ? Token::Line : Token::Border));
        if (!minor)
            painter.fillRect(QRect(x, look.layout.lanes.top(), 1, look.layout.lanes.height()), theme.color(day ? Token::Border : Token::Line));
        if (tick.label.isEmpty())
            continue;
        painter.setFont(roleFont(look.font, day ? TextRole::SmallStrong : TextRole::Small));
        painter.setPen(theme.color(day ? Token::Text : Token::Muted));
        painter.drawText(QRect(x + 4, ruler.top(), label * 2, ruler.height() - ruler.height() / 6), Qt::AlignLeft | Qt::AlignVCenter, tick.label);
    }
    painter.restore();
}

void TimelinePainter::drawHead(QPainter &painter, const Look &look, const TimelineLayout::Row &row, const TimeAxis &axis) const
{
    const Theme &theme = m_lanes->theme();
    const int pad = scaled(look.font, kPad);
    const bool selected = m_model.lane(row.lane).id() == m_model.selectedLane();
    const bool small = row.rect.height() < scaled(look.font, 24);
    QString figure;
    if (m_model.lane(row.lane).shape() == review::LaneSource::Shape::Spans) {
        const auto coverage = m_model.strip(row.lane, axis).coverage(axis.left(), std::min(axis.right(), m_model.liveEdge()));
        // Never says all of what is not.
        figure = coverage ? tr("%1 %").arg(*coverage >= 1 ? 100 : std::min(99, int(std::floor(*coverage * 100 + 0.5)))) : QStringLiteral("—");
    }
    if (selected)
        painter.fillRect(QRect(0, row.rect.top(), 2, row.rect.height() - 1), theme.color(Token::Accent));
    const QRect box(pad, row.rect.top(), look.layout.heads - pad - scaled(look.font, 8), row.rect.height());
    painter.setFont(roleFont(look.font, TextRole::Small));
    const int reserved = figure.isEmpty() ? 0 : painter.fontMetrics().horizontalAdvance(figure) + scaled(look.font, 6);
    painter.setPen(theme.color(Token::Muted));
    drawDigits(painter, box, Qt::AlignRight, figure);
    painter.setFont(roleFont(look.font, small ? (selected ? TextRole::SmallStrong : TextRole::Small) : selected ? TextRole::SecondaryStrong : TextRole::Secondary));
    painter.setPen(theme.color(selected ? Token::Text : Token::Text2));
    drawElided(painter, box.adjusted(0, 0, -reserved, 0), m_model.lane(row.lane).name());
}

void TimelinePainter::drawRow(QPainter &painter, const Look &look, const TimelineLayout::Row &row, const TimeAxis &axis) const
{
    const Theme &theme = m_lanes->theme();
    if (look.form == TimelineForm::Full)
        painter.fillRect(QRect(0, row.rect.bottom(), look.size.width(), 1), theme.color(Token::Line));
    if (look.form == TimelineForm::Full)
        drawHead(painter, look, row, axis);
    const int columns = qRound(row.bar.width() * look.devicePixelRatio);
    if (row.lane == TimelineLayout::kAllLanes) {
        int cameras = 0, line = 0;
        for (int i = 0; i < m_model.laneCount(); ++i)
            cameras += m_model.lane(i).shape() == review::LaneSource::Shape::Spans;
        for (int i = 0; i < m_model.laneCount(); ++i) {
            if (m_model.lane(i).shape() == review::LaneSource::Shape::Spans)
                m_lanes->drawThin(painter, row.bar, line++, cameras, m_model.strip(i, axis).runs(axis, columns), columns);
        }
        drawChip(painter, look, row, cameras == 1 ? QString() : QCoreApplication::translate("TimelinePainter", "All %n cameras", nullptr, cameras));
        return;
    }
    painter.save();
    painter.setClipRect(row.bar.adjusted(0, -6, 0, 6), Qt::IntersectClip);
    const review::LaneContent &content = m_model.content(row.lane, axis);
    if (m_model.lane(row.lane).shape() == review::LaneSource::Shape::Series)
        drawSeries(painter, row.bar, content, axis);
    else
        m_lanes->drawSpans(painter, row.bar, m_model.strip(row.lane, axis).runs(axis, columns), columns);
    for (const LaneMark &mark : content.marks) {
        const double x = axis.pixelOf(mark.at), to = axis.pixelOf(mark.to.value_or(mark.at));
        if (to >= -20 && x < axis.width() + 20)
            m_lanes->drawMark(painter, row.bar, mark.kind, std::max(x, -20.0), std::min(to, axis.width() + 20.0));
    }
    painter.restore();
    if (look.form == TimelineForm::Strip)
        drawChip(painter, look, row, m_model.lane(row.lane).name());
}

/// The name on the lane itself, where there are no heads.
void TimelinePainter::drawChip(QPainter &painter, const Look &look, const TimelineLayout::Row &row, const QString &name) const
{
    const Theme &theme = m_lanes->theme();
    painter.setFont(roleFont(look.font, TextRole::SmallStrong));
    const QFontMetrics metrics = painter.fontMetrics();
    const int pad = scaled(look.font, 6), most = row.bar.width() / 4;
    const QString text = metrics.elidedText(name, Qt::ElideMiddle, most);
    const int height = std::min(metrics.height(), row.bar.height() - 2);
    const QRect chip(row.bar.left() + pad, row.bar.center().y() - height / 2, metrics.horizontalAdvance(text) + 2 * pad, height);
    painter.fillRect(chip, theme.color(Token::Panel));
    painter.setPen(theme.color(Token::Text));
    painter.drawText(chip, Qt::AlignCenter, text);
}

void TimelinePainter::drawSeries(QPainter &painter, const QRect &bar, const review::LaneContent &content, const TimeAxis &axis) const
{
    float low = 0, high = 0;
    bool any = false;
    for (const review::LanePoint &point : content.points) {
        if (!axis.shows(point.at))
            continue;
        low = any ? std::min(low, point.low) : point.low;
        high = any ? std::max(high, point.high) : point.high;
        any = true;
    }
    if (!any)
        return;
    const double scale = high > low ? (bar.height() - 4) / double(high - low) : 0;
    const auto y = [&](float value) { return bar.bottom() - 2 - (scale > 0 ? (value - low) * scale : bar.height() / 2.0); };
    QPolygonF line;
    QPolygonF below;
    for (const review::LanePoint &point : content.points) {
        const double x = bar.left() + axis.pixelOf(point.at);
        line << QPointF(x, y(point.high));
        below.prepend(QPointF(x, y(point.low)));
    }
    painter.setRenderHint(QPainter::Antialiasing);
    QColor band = m_lanes->theme().color(Token::Accent);
    const QPen pen(band, 1.5);
    band.setAlphaF(0.28F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(band);
    painter.drawPolygon(line + below);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(pen);
    painter.drawPolyline(line);
}

void TimelinePainter::drawLegend(QPainter &painter, const Look &look) const
{
    const Theme &theme = m_lanes->theme();
    const QRect legend = look.layout.legend;
    const int pad = scaled(look.font, kPad), side = scaled(look.font, 10);
    painter.fillRect(legend, theme.color(Token::Panel));
    painter.fillRect(QRect(legend.left(), legend.top(), legend.width(), 1), theme.color(Token::Line));
    painter.setFont(roleFont(look.font, TextRole::Small));
    painter.setPen(theme.color(Token::Text2));
    int x = pad;
    for (const SpanKind kind : {SpanKind::Stored, SpanKind::InTransit, SpanKind::OnEdge, SpanKind::Expired, SpanKind::Lost, SpanKind::Gap}) {
        if (kind == SpanKind::Gap)
            x += side / 2;
        m_lanes->drawSample(painter, QRect(x, legend.center().y() - side / 2, side, side), kind);
        x += side + scaled(look.font, kind == SpanKind::Gap ? 11 : 6);
        const QString word = spanWord(kind);
        const int width = painter.fontMetrics().horizontalAdvance(word);
        painter.setPen(theme.color(Token::Text2));
        painter.drawText(QRect(x, legend.top(), width + 2, legend.height()), Qt::AlignVCenter, word);
        x += width + scaled(look.font, 16);
    }
    const QString hint = tr("Wheel zooms · drag pans · Shift drag selects");
    const QRect rest(x, legend.top(), legend.width() - x - pad, legend.height());
    if (painter.fontMetrics().horizontalAdvance(hint) > rest.width())
        return;
    painter.setPen(theme.color(Token::Muted));
    painter.drawText(rest, Qt::AlignRight | Qt::AlignVCenter, hint);
}

void TimelinePainter::drawRange(QPainter &painter, const Look &look, const TimeAxis &axis) const
{
    if (!m_model.range())
        return;
    const Theme &theme = m_lanes->theme();
    const int from = look.layout.ruler.left() + int(std::clamp(axis.pixelOf(m_model.range()->first), -10.0, axis.width() + 10.0));
    const int to = look.layout.ruler.left() + int(std::clamp(axis.pixelOf(m_model.range()->second), -10.0, axis.width() + 10.0));
    const int top = look.layout.ruler.bottom() + 1;
    QColor tint = theme.color(Token::Accent);
    tint.setAlphaF(0.14F);
    painter.fillRect(QRect(from, top, to - from, look.layout.lanes.height()), tint);
    for (const bool start : {true, false}) {
        const int x = start ? from : to - 2;
        painter.fillRect(QRect(x, top - scaled(look.font, kHandle), 2, look.layout.lanes.height() + scaled(look.font, kHandle)), theme.color(Token::Accent));
        const int side = scaled(look.font, kHandle);
        const QPointF corner(start ? from : to, top - side);
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.color(Token::Accent));
        painter.drawPolygon(QPolygonF{corner, corner + QPointF(start ? side : -side, 0), corner + QPointF(0, side)});
        painter.restore();
    }
}

void TimelinePainter::drawLiveEdge(QPainter &painter, const Look &look, const TimeAxis &axis) const
{
    const double x = axis.pixelOf(m_model.liveEdge());
    if (x < -10 || x > axis.width() + 40)
        return;
    const Theme &theme = m_lanes->theme();
    const QRect ruler = look.layout.ruler;
    const int at = ruler.left() + int(x);
    const int side = scaled(look.font, 8);
    // What has not happened yet.
    painter.fillRect(QRect(at + 1, look.layout.lanes.top(), look.size.width() - at, look.layout.lanes.height()), theme.color(Token::Window));
    painter.fillRect(QRect(at, ruler.bottom() - side, 2, look.layout.lanes.height() + side), theme.color(Token::Live));
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.color(Token::Live));
    const QPointF tip(at + 1, ruler.bottom() + 1);
    painter.drawPolygon(QPolygonF{tip, tip + QPointF(-side * 0.75, -side), tip + QPointF(side * 0.75, -side)});
    painter.setFont(roleFont(look.font, TextRole::Small));
    painter.setPen(theme.color(Token::Live));
    if (!m_model.atLiveEdge()) {
        const QRect word(at + side - 2, ruler.top() + 2, painter.fontMetrics().horizontalAdvance(tr("live")) + 6, ruler.height() / 2 + 2);
        painter.fillRect(word, theme.color(Token::Panel)); // over the ruler's own words
        painter.drawText(word, Qt::AlignCenter, tr("live"));
    }
    painter.restore();
}

void TimelinePainter::drawPlayHead(QPainter &painter, const Look &look, const TimeAxis &axis) const
{
    const QRect box = headRect(look);
    if (box.isEmpty())
        return;
    const Theme &theme = m_lanes->theme();
    const bool live = m_model.atLiveEdge();
    const QColor color = theme.color(live ? Token::Live : look.grabbed ? Token::Accent : Token::Playback);
    const qreal x = look.layout.ruler.left() + std::floor(axis.pixelOf(m_model.cursor()));
    painter.fillRect(QRectF(x, look.layout.ruler.bottom() - 4, 2, look.layout.lanes.height() + 5), color);
    QFont font = roleFont(look.font, TextRole::SmallStrong);
    const QFontMetricsF metrics(font);
    const QString text = headText(axis);
    const qreal width = std::max<qreal>(scaled(look.font, kGrip), digitsWidth(metrics, text) + scaled(look.font, 12));
    const qreal left = std::clamp<qreal>(x + 1 - width / 2, look.layout.ruler.left(), std::max<qreal>(look.layout.ruler.left(), look.size.width() - width));
    const QRectF chip(left, look.layout.ruler.top() + 3, width, look.layout.ruler.height() - 8);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawRoundedRect(chip, 3, 3);
    painter.setFont(font);
    painter.setPen(theme.color(Token::Panel));
    drawDigits(painter, chip.adjusted((width - digitsWidth(metrics, text)) / 2, 0, 0, 0), Qt::AlignLeft, text);
    painter.restore();
}

} // namespace vedette::app
