// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/telemetry/chart_series.h"
#include "app/widgets/theme.h"

#include <QWidget>

class QCPAxisRect;
class QCustomPlot;

namespace vedette::app {

class DigitLabel;
class ElidedLabel;

/// What one card shows: a value with its unit, lowest and highest, and the chart under it. Value type.
struct ChartCardData {
    QString name;
    QString unit;
    int decimals = 1;
    double minimumSpan = 1;                 ///< of the value axis
    std::optional<double> latest;           ///< empty: none, or too old to be called current
    QString note;                           ///< "min 26.1 · max 31.6"
    std::vector<ChartSeries> lines;         ///< one, or x, y, z
    UtcTime from{};
    UtcTime to{};
};

/// A figure and its chart by QCustomPlot. Main thread.
class ChartCard final : public QWidget {
    Q_OBJECT
public:
    explicit ChartCard(QWidget *parent = nullptr);

    /// Figures at once; the chart only when redraw (it is the dear part).
    void setData(const ChartCardData &shown, bool redraw);
    /// Device columns that the chart is wide.
    int columns() const;

protected:
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void applyTheme();
    void drawLines(const ChartCardData &shown);
    void drawGaps(const ChartCardData &shown);

    QCustomPlot *m_plot;
    ElidedLabel *m_name;
    ElidedLabel *m_note;
    DigitLabel *m_value;
    DigitLabel *m_unit;
    ChartCardData m_data;
};

} // namespace vedette::app
