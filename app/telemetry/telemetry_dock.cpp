// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/telemetry/telemetry_dock.h"

#include "app/telemetry/chart_card.h"
#include "app/telemetry/chart_series.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/segmented.h"
#include "app/widgets/time_text.h"

#include <QFrame>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace vedette::app {

namespace {

constexpr int kFigureInterval = 250;             // ms: figures at most 4 times a second
constexpr microseconds kCurrent{10'000'000};     // an older value is not called current
constexpr microseconds kSlowest{30'000'000};     // a chart is never older than this
constexpr int kTypicalColumns = 250;             // pixels of a chart in the dock

/// "acceleration_x_g" belongs with its y and z: the key with "_x_" and the same with the other axes.
QStringList axesOf(const QString &key, const QStringList &all)
{
    if (!key.contains(QStringLiteral("_x_")))
        return {};
    QStringList axes{key};
    for (QLatin1String axis : {QLatin1String("_y_"), QLatin1String("_z_")}) {
        QString other = key;
        other.replace(QStringLiteral("_x_"), axis);
        if (!all.contains(other))
            return {};
        axes << other;
    }
    return axes;
}

QFrame *line(QWidget *parent)
{
    auto *frame = new QFrame(parent);
    frame->setObjectName(QStringLiteral("hline"));
    frame->setFixedHeight(1);
    return frame;
}

} // namespace

TelemetryDock::TelemetryDock(const telemetry::TelemetryStore &store, const Clock &clock, QWidget *parent)
    : QWidget(parent), m_store(store), m_clock(clock), m_ranges(new Segmented(this)), m_scroll(new QScrollArea(this)),
      m_empty(new QLabel(this)), m_foot(new ElidedLabel(TextRole::Secondary, Token::Muted, this))
{
    setObjectName(QStringLiteral("dockBody"));
    setAttribute(Qt::WA_StyledBackground);
    m_ranges->add(60, tr("1 min"), tr("The last minute"));
    m_ranges->add(600, tr("10 min"), tr("The last ten minutes"));
    m_ranges->add(3600, tr("1 h"), tr("The last hour"));
    m_ranges->add(86400, tr("24 h"), tr("The last day"));
    m_ranges->setCurrent(int(m_range.count()));
    m_ranges->setAccessibleName(tr("Range of the charts"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setAccessibleName(tr("Charts"));
    m_empty->setWordWrap(true);
    m_empty->setProperty("secondary", true);
    m_empty->setMargin(12);
    m_empty->setAlignment(Qt::AlignLeft | Qt::AlignTop);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *top = new QVBoxLayout;
    top->setContentsMargins(12, 10, 12, 10);
    top->addWidget(m_ranges);
    column->addLayout(top);
    column->addWidget(line(this));
    column->addWidget(m_scroll, 1);
    column->addWidget(m_empty, 1);
    column->addWidget(line(this));
    auto *foot = new QVBoxLayout;
    foot->setContentsMargins(12, 8, 12, 8);
    foot->addWidget(m_foot);
    column->addLayout(foot);

    connect(m_ranges, &Segmented::chosen, this, [this](int seconds) { setRange(std::chrono::seconds(seconds)); });
    connect(m_scroll->verticalScrollBar(), &QScrollBar::valueChanged, this, [this] { refresh(true); });
    connect(&m_store, &telemetry::TelemetryStore::changed, this, [this](const QString &agent) { m_changed |= agent == m_agent; });
    m_timer.setInterval(kFigureInterval);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        const bool redraw = m_clock.now() - m_lastRedraw >= redrawInterval();
        if (std::exchange(m_changed, false) || redraw)
            refresh(redraw);
    });
    rebuild();
}

microseconds TelemetryDock::redrawInterval() const
{
    const microseconds onePixel = microseconds(m_range) / kTypicalColumns;
    return std::clamp(onePixel, microseconds{1'000'000}, kSlowest);
}

void TelemetryDock::setAgent(const QString &agent, const QString &name, bool online, const QString &reason)
{
    const bool other = agent != m_agent;
    const bool same = !other && name == m_agentName && online == m_online && reason == m_reason;
    if (same)
        return;
    m_agent = agent;
    m_agentName = name;
    m_online = online;
    m_reason = reason;
    if (other)
        rebuild();
    else
        updateFoot();
}

void TelemetryDock::setRange(std::chrono::seconds range)
{
    m_range = range;
    m_ranges->setCurrent(int(range.count()));
    refresh(true);
}

void TelemetryDock::rebuild()
{
    m_series = m_agent.isEmpty() ? QStringList() : m_store.series(m_agent);
    m_entries.clear();
    auto *content = new QWidget;
    content->setObjectName(QStringLiteral("dockBody"));
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_scroll->setWidget(content); // the old one goes with its cards
    QStringList system, sense, other;
    for (const QString &key : std::as_const(m_series)) {
        const protocol::SeriesDescription *description = protocol::findSeries(key);
        QStringList &section = !description                                         ? other
                               : description->source == QLatin1String("sense_hat") ? sense
                                                                                    : system;
        section << key;
    }
    addSection(tr("SENSE HAT"), sense);
    addSection(tr("SYSTEM"), system);
    addSection(tr("OTHER"), other);
    column->addStretch(1);
    updateFoot();
    refresh(true);
}

void TelemetryDock::addSection(const QString &title, const QStringList &series)
{
    if (series.isEmpty())
        return;
    QWidget *content = m_scroll->widget();
    auto *column = static_cast<QVBoxLayout *>(content->layout());
    auto *heading = new ElidedLabel(TextRole::SmallStrong, Token::Muted, content);
    heading->setText(title);
    heading->setContentsMargins(0, 0, 0, 0);
    auto *head = new QVBoxLayout;
    head->setContentsMargins(12, 10, 12, 0);
    head->addWidget(heading);
    column->addLayout(head);
    QStringList done;
    for (const QString &key : series) {
        if (done.contains(key))
            continue;
        Entry entry;
        const QStringList axes = axesOf(key, series);
        entry.series = axes.isEmpty() ? QStringList{key} : axes;
        done << entry.series;
        if (const protocol::SeriesDescription *description = protocol::findSeries(key)) {
            entry.name = description->name;
            entry.unit = description->unit;
            entry.decimals = description->decimals;
            entry.minimumSpan = (description->high - description->low) / 20;
        } else {
            entry.name = key;
        }
        if (!axes.isEmpty()) {
            // "Acceleration X" of the table is one card with three lines; its figure is the length of the vector.
            entry.asMagnitude = true;
            if (entry.name.endsWith(QStringLiteral(" X"), Qt::CaseInsensitive))
                entry.name.chop(2);
        }
        entry.card = new ChartCard(content);
        column->addWidget(entry.card);
        column->addWidget(line(content));
        m_entries.push_back(entry);
    }
}

bool TelemetryDock::isOnScreen(const QWidget *card) const
{
    return isVisible() && !card->visibleRegion().isEmpty();
}

void TelemetryDock::refresh(bool redraw)
{
    if (!m_agent.isEmpty() && m_store.series(m_agent) != m_series) {
        rebuild();
        return;
    }
    const bool any = !m_entries.empty();
    m_scroll->setVisible(any);
    m_empty->setVisible(!any);
    if (!any)
        updateFoot();
    if (redraw)
        m_lastRedraw = m_clock.now();
    for (Entry &entry : m_entries) {
        // Before the first showing nothing is on screen yet, but the cards need their size.
        if (isOnScreen(entry.card) || !isVisible())
            refreshEntry(entry, redraw || !entry.drawn); // a card just come into view waits for nothing
    }
    updateFoot();
}

void TelemetryDock::refreshEntry(Entry &entry, bool redraw)
{
    entry.drawn = entry.drawn || (redraw && isOnScreen(entry.card));
    ChartCardData shown;
    shown.name = entry.name;
    shown.unit = entry.unit;
    shown.decimals = entry.decimals;
    shown.minimumSpan = entry.minimumSpan;
    shown.to = m_clock.utcNow();
    shown.from = shown.to - m_range;
    std::vector<telemetry::Point> latest;
    for (const QString &key : entry.series) {
        const auto point = m_store.latest(m_agent, key);
        if (point && shown.to - point->time < kCurrent)
            latest.push_back(*point);
    }
    if (entry.asMagnitude && latest.size() == 3)
        shown.latest = std::hypot(latest[0].value, latest[1].value, latest[2].value);
    else if (!entry.asMagnitude && !latest.empty())
        shown.latest = latest.front().value;

    std::vector<std::vector<telemetry::Point>> points;
    for (const QString &key : entry.series)
        points.push_back(m_store.points(m_agent, key, shown.from, shown.to));
    for (const auto &series : points)
        shown.lines.push_back(makeChart(series, shown.from, shown.to, entry.card->columns()));
    const ChartSeries summary = entry.asMagnitude
                                    ? makeChart(magnitude(points[0], points[1], points[2]), shown.from, shown.to, 1)
                                    : shown.lines.front();
    const auto number = [&entry](double value) { return plainNumber(value, entry.decimals); };
    if (summary.count > 0)
        shown.note = tr("min %1 · max %2").arg(number(summary.low), number(summary.high));
    else
        shown.note = tr("no samples in this range");
    entry.card->setData(shown, redraw);
}

void TelemetryDock::updateFoot()
{
    if (m_agent.isEmpty())
        m_empty->setText(tr("Select a camera to see the telemetry of its agent."));
    else if (!m_online)
        m_empty->setText(tr("No samples: %1").arg(m_reason.isEmpty() ? tr("%1 does not answer.").arg(m_agentName) : m_reason));
    else
        m_empty->setText(tr("No samples from %1 yet. It sends one a second.").arg(m_agentName));

    std::optional<UtcTime> newest;
    for (const QString &key : std::as_const(m_series)) {
        if (const auto point = m_store.latest(m_agent, key))
            newest = std::max(newest.value_or(point->time), point->time);
    }
    const UtcTime now = m_clock.utcNow();
    if (!newest)
        m_foot->setText(m_agent.isEmpty() ? QString() : tr("no samples"));
    else if (now - *newest < kCurrent)
        m_foot->setText(tr("1 sample/s · live"));
    else
        m_foot->setText(tr("last sample %1, %2 ago").arg(timeText(*newest, now), ageText(now - *newest)));
}

void TelemetryDock::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_timer.start();
    refresh(true);
}

void TelemetryDock::hideEvent(QHideEvent *event)
{
    m_timer.stop();
    QWidget::hideEvent(event);
}

} // namespace vedette::app
