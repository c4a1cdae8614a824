// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/fleet/fleet_model.h"
#include "app/widgets/camera_health.h"

#include <QSet>
#include <QWidget>

class QLabel;
class QLineEdit;
class QTreeView;

namespace vedette::app {

class DigitLabel;
class ElidedLabel;
class GlyphLabel;

/// The fleet beside the wall: filter, tree of agents and cameras, and the selected camera at the foot. Main thread.
class FleetDock final : public QWidget {
    Q_OBJECT
public:
    FleetDock(FleetModel &model, const control::FleetStore &fleet, QWidget *parent = nullptr);

    void select(const QString &camera);
    void focusFilter();

Q_SIGNALS:
    void cameraSelected(const QString &camera);
    /// Double click or Enter: to be seen large.
    void cameraActivated(const QString &camera);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QWidget *makeCard();
    void expandNew();
    void updateCard();
    void updateEmpty();
    QString cameraOf(const QModelIndex &index) const;

    FleetModel &m_model;
    const control::FleetStore &m_fleet;
    FleetFilter m_filter;
    QString m_selected;
    QSet<QString> m_collapsed;
    QLineEdit *m_search;
    QTreeView *m_tree;
    QLabel *m_empty;
    QWidget *m_card;
    ElidedLabel *m_cardName;
    ElidedLabel *m_cardFacts;
    GlyphLabel *m_cardGlyph;
    DigitLabel *m_cardState;
    QLabel *m_cardCause;
};

} // namespace vedette::app
