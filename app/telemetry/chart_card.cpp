// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/telemetry/chart_card.h"

#include "app/widgets/digits.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/hatch.h"

#include <QEvent>
#include <QGridLayout>
#include <QPainter>
#include <QVBoxLayout>

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace vedette::app {

namespace {

constexpr Token kLineTokens[] = {Token::Accent, Token::ChartRed, Token::ChartGreen};
constexpr int kPlotHeight = 92;
constexpr int kAxisWidth = 38;

class PlainTicker final : public QCPAxisTicker {
public:
    void setValues(QVector<double> values) { m_values = std::move(values); }

protected:
    QVector<double> createTickVector(double, const QCPRange &) override { return m_values; }

private:
    QVector<double> m_values;
};

} // namespace

ChartCard::ChartCard(QWidget *parent)
    : QWidget(parent), m_plot(new QCustomPlot(this)), m_name(new ElidedLabel(TextRole::Body, Token::Text2, this)),
      m_note(new ElidedLabel(TextRole::Secondary, Token::Muted, this)), m_value(new DigitLabel(TextRole::Readout, this)),
      m_unit(new DigitLabel(TextRole::Secondary, this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(12, 10, 12, 10);
    column->setSpacing(4);
    auto *head = new QGridLayout;
    head->setHorizontalSpacing(4);
    head->setVerticalSpacing(0);
    head->addWidget(m_name, 0, 0, Qt::AlignBottom);
    head->addWidget(m_note, 1, 0, 1, 3);
    m_value->setAlignment(Qt::AlignRight);
    m_unit->setToken(Token::Text2);
    head->addWidget(m_value, 0, 1, Qt::AlignBottom);
    head->addWidget(m_unit, 0, 2, Qt::AlignBottom);
    head->setColumnStretch(0, 1);
    column->addLayout(head);
    column->addWidget(m_plot);

    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents); // the wheel scrolls the dock
    auto *rect = m_plot->axisRect();
    rect->setAutoMargins(QCP::msNone);
    rect->setupFullAxesBox(false);
    m_plot->xAxis2->setVisible(false);
    m_plot->yAxis->setTickLabels(false); // stays visible for its grid
    m_plot->yAxis2->setVisible(true);
    m_plot->yAxis2->setTickLabels(true);
    m_plot->yAxis2->setTicker(QSharedPointer<PlainTicker>::create());
    auto ticker = QSharedPointer<PlainTicker>::create();
    m_plot->xAxis->setTicker(ticker);
    applyTheme();
}

void ChartCard::applyTheme()
{
    const Theme &theme = Theme::shown();
    const auto px = [this](qreal v) { return scaled(font(), v); };
    m_plot->setFixedHeight(px(kPlotHeight));
    m_plot->axisRect()->setMargins(QMargins(0, px(9), px(kAxisWidth), px(20)));
    m_plot->setBackground(QBrush(theme.color(Token::Panel)));
    m_plot->axisRect()->setBackground(QBrush(theme.color(Token::Panel)));
    for (QCPAxis *axis : {m_plot->xAxis, m_plot->yAxis, m_plot->yAxis2}) {
        axis->setBasePen(QPen(axis == m_plot->xAxis ? theme.color(Token::Line) : QColor(Qt::transparent), 1));
        axis->setTickPen(QPen(Qt::NoPen));
        axis->setSubTicks(false);
        axis->setSubTickPen(QPen(Qt::NoPen));
        axis->setTickLabelFont(roleFont(font(), TextRole::Small));
        axis->setTickLabelColor(theme.color(Token::Muted));
        axis->setTickLabelPadding(px(4));
        axis->setTickLength(0, 0);
    }
    m_plot->xAxis->grid()->setVisible(false);
    m_plot->yAxis->grid()->setPen(QPen(theme.color(Token::Line), 1));
    m_plot->yAxis->grid()->setZeroLinePen(QPen(theme.color(Token::Line), 1));
    m_plot->yAxis->setTicker(m_plot->yAxis2->ticker());
}

int ChartCard::columns() const
{
    const int logical = width() - 24 - scaled(font(), kAxisWidth);
    return std::max(40, int(logical * devicePixelRatioF()));
}

void ChartCard::setData(const ChartCardData &shown, bool redraw)
{
    m_name->setText(shown.name);
    m_value->setText(shown.latest ? plainNumber(*shown.latest, shown.decimals) : QStringLiteral("—"));
    m_value->setToken(shown.latest ? Token::Text : Token::Muted);
    m_unit->setText(shown.unit);
    m_note->setText(shown.note);
    setAccessibleName(QStringLiteral("%1 %2 %3, %4").arg(shown.name, m_value->text(), shown.unit, shown.note));
    m_data = shown;
    if (!redraw)
        return;
    drawLines(shown);
    drawGaps(shown);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ChartCard::drawLines(const ChartCardData &shown)
{
    const Theme &theme = Theme::shown();
    m_plot->clearPlottables();
    double low = 0, high = 0;
    std::size_t count = 0;
    for (const ChartSeries &line : shown.lines) {
        if (line.count == 0)
            continue;
        low = count ? std::min(low, line.low) : line.low;
        high = count ? std::max(high, line.high) : line.high;
        count += line.count;
    }
    const ValueRange range = count ? niceRange(low, high, shown.minimumSpan) : ValueRange{};
    m_plot->yAxis->setRange(range.low, range.high);
    m_plot->yAxis2->setRange(range.low, range.high);
    m_plot->yAxis2->setTickLabels(count > 0);
    QVector<double> ticks;
    for (int i = 0; range.low + i * range.step < range.high + range.step / 2; ++i)
        ticks << range.low + i * range.step;
    qSharedPointerCast<PlainTicker>(m_plot->yAxis2->ticker())->setValues(ticks);
    m_plot->yAxis2->setNumberFormat(QStringLiteral("f"));
    m_plot->yAxis2->setNumberPrecision(std::clamp(int(std::ceil(-std::log10(range.step) - 1e-9)), 0, 4));

    const double from = double(toMicros(shown.from)) / 1e6, to = double(toMicros(shown.to)) / 1e6;
    m_plot->xAxis->setRange(from, to);
    for (std::size_t i = 0; i < shown.lines.size(); ++i) {
        const QColor color = theme.color(kLineTokens[i % std::size(kLineTokens)]);
        QColor band = color;
        band.setAlphaF(0.28F);
        for (const auto &run : shown.lines[i].runs) {
            QVector<double> times, means, lows, highs;
            for (const ChartColumn &column : run) {
                times << column.time;
                means << column.mean;
                lows << column.low;
                highs << column.high;
            }
            QCPGraph *lowGraph = m_plot->addGraph();
            lowGraph->setPen(Qt::NoPen);
            lowGraph->setData(times, lows, true);
            QCPGraph *highGraph = m_plot->addGraph();
            highGraph->setPen(Qt::NoPen);
            highGraph->setBrush(band);
            highGraph->setChannelFillGraph(lowGraph);
            highGraph->setData(times, highs, true);
            QCPGraph *mean = m_plot->addGraph();
            mean->setPen(QPen(color, 1.5));
            mean->setAntialiased(true);
            mean->setData(times, means, true);
            if (run.size() == 1)
                mean->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, color, 3));
        }
    }
}

void ChartCard::drawGaps(const ChartCardData &shown)
{
    const Theme &theme = Theme::shown();
    m_plot->clearItems();
    if (shown.lines.empty())
        return;
    const QBrush brush = hatchBrush(theme.color(Token::Line), Hatch::Diagonal, 6, 1, devicePixelRatioF());
    for (const ChartGap &gap : shown.lines.front().gaps) {
        auto *item = new QCPItemRect(m_plot); // owned by the plot
        item->setPen(Qt::NoPen);
        item->setBrush(brush);
        item->topLeft->setTypeX(QCPItemPosition::ptPlotCoords);
        item->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
        item->bottomRight->setTypeX(QCPItemPosition::ptPlotCoords);
        item->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
        item->topLeft->setCoords(gap.from, 0);
        item->bottomRight->setCoords(gap.to, 1);
    }
    // Labels at the ends and in the middle, in local time; by hand, because an axis ticker would let them wander.
    const double from = double(toMicros(shown.from)) / 1e6, to = double(toMicros(shown.to)) / 1e6;
    const QString format = to - from <= 120 ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm");
    m_plot->xAxis->setTickLabels(false);
    const std::pair<double, Qt::Alignment> labels[] = {
        {0.0, Qt::AlignLeft}, {0.5, Qt::AlignHCenter}, {1.0, Qt::AlignRight}};
    for (const auto &[position, alignment] : labels) {
        auto *text = new QCPItemText(m_plot);
        text->setClipToAxisRect(false);
        text->setFont(roleFont(font(), TextRole::Small));
        text->setColor(theme.color(Token::Muted));
        text->setText(QDateTime::fromMSecsSinceEpoch(qint64((from + (to - from) * position) * 1000)).toString(format));
        text->setPositionAlignment(alignment | Qt::AlignTop);
        text->setPadding(QMargins(0, scaled(font(), 3), 0, 0));
        text->position->setType(QCPItemPosition::ptAxisRectRatio);
        text->position->setCoords(position, 1);
    }
}

void ChartCard::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        applyTheme();
        setData(m_data, true);
    }
    QWidget::changeEvent(event);
}

void ChartCard::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

} // namespace vedette::app
