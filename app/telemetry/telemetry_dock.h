// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/sample.h"
#include "core/telemetry/telemetry_store.h"

#include <QTimer>
#include <QWidget>

#include <vector>

class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace vedette::app {

class ChartCard;
class ElidedLabel;
class Segmented;

/// Charts of one agent: range buttons, then a card for each series, the system's and the Sense HAT's apart. Figures
/// follow at most 4 times a second, charts when they would move by a pixel, both only while visible. Main thread.
class TelemetryDock final : public QWidget {
    Q_OBJECT
public:
    TelemetryDock(const telemetry::TelemetryStore &store, const Clock &clock, QWidget *parent = nullptr);

    /// name: for people. online and reason: why there may be nothing.
    void setAgent(const QString &agent, const QString &name, bool online, const QString &reason);
    void setRange(std::chrono::seconds range);
    std::chrono::seconds range() const { return m_range; }

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    struct Entry {
        QStringList series;   ///< one, or x, y, z of a vector
        QString name;
        QString unit;
        int decimals = 1;
        double minimumSpan = 1;
        bool asMagnitude = false;
        ChartCard *card = nullptr;
        bool drawn = false; ///< its chart has been drawn since it was made
    };

    void rebuild();
    void addSection(const QString &title, const QStringList &series);
    void refresh(bool redraw);
    void refreshEntry(Entry &entry, bool redraw);
    bool isOnScreen(const QWidget *card) const;
    microseconds redrawInterval() const;
    void updateFoot();

    const telemetry::TelemetryStore &m_store;
    const Clock &m_clock;
    QString m_agent;
    QString m_agentName;
    QString m_reason;
    bool m_online = false;
    std::chrono::seconds m_range{600};
    QStringList m_series; ///< those that the cards are made of
    std::vector<Entry> m_entries;
    QTimer m_timer;
    bool m_changed = false;
    MonoTime m_lastRedraw{};
    Segmented *m_ranges;
    QScrollArea *m_scroll;
    QLabel *m_empty;
    ElidedLabel *m_foot;
};

} // namespace vedette::app
