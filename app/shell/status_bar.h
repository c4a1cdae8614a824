// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/fleet_summary.h"

#include <QFrame>

#include <vector>

class QHBoxLayout;

namespace vedette::app {

class DigitLabel;
class ElidedLabel;
class GlyphLabel;

/// The bar at the foot: left the worst problem as a sentence, right the counts in a fixed order.
class StatusBar final : public QFrame {
    Q_OBJECT
public:
    explicit StatusBar(QWidget *parent = nullptr);

    void setSummary(const FleetSummary &summary, const QList<LinkState> &links);

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Count {
        QWidget *box = nullptr;
        DigitLabel *label = nullptr;
    };
    Count addCount(Glyph glyph);
    static void show(const Count &count, const QString &text, const QString &toolTip = {});

    QHBoxLayout *m_row;
    GlyphLabel *m_glyph;
    ElidedLabel *m_problem;
    ElidedLabel *m_cause;
    Count m_live, m_direct, m_fallback, m_connecting, m_stale, m_offline, m_relay, m_broker;
};

} // namespace vedette::app
