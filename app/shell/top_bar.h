// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/wall_widget.h"

#include <QFrame>
#include <QTimer>

class QToolButton;

namespace vedette::app {

class DigitLabel;
class ElidedLabel;
class Segmented;

/// The bar over the page: place, its tools (layouts, overlay level, full screen), clock with its zone.
class TopBar final : public QFrame {
    Q_OBJECT
public:
    explicit TopBar(QWidget *parent = nullptr);

    void setPlace(const QString &name);
    void setMode(const WallMode &mode);
    void setLevel(OverlayLevel level);
    void setToolsEnabled(bool enabled);
    /// Narrow windows keep the tools in the menu.
    void setToolsShown(bool shown);

Q_SIGNALS:
    void modeChosen(const vedette::app::WallMode &mode);
    void levelChosen(vedette::app::OverlayLevel level);
    void fullScreenWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void tick();
    void applySizes();

    ElidedLabel *m_place;
    Segmented *m_modes;
    Segmented *m_levels;
    QToolButton *m_fullScreen;
    DigitLabel *m_clock;
    DigitLabel *m_zone;
    QTimer m_timer;
    bool m_utc = false;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
};

/// Ids of the layout choices: n for n × n, and these.
inline constexpr int kModeAutomatic = 100;
inline constexpr int kModeOnePlusN = 101;
WallMode modeOf(int id);
int idOf(const WallMode &mode);

} // namespace vedette::app
