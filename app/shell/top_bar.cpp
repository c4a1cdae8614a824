// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/top_bar.h"

#include "app/widgets/digits.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/icon.h"
#include "app/widgets/segmented.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QMouseEvent>
#include <QTimeZone>
#include <QToolButton>

namespace vedette::app {

WallMode modeOf(int id)
{
    if (id == kModeAutomatic)
        return {WallMode::Kind::Automatic, 0};
    if (id == kModeOnePlusN)
        return {WallMode::Kind::OnePlusN, 0};
    return {WallMode::Kind::Grid, id};
}

int idOf(const WallMode &mode)
{
    switch (mode.kind) {
    case WallMode::Kind::Automatic: return kModeAutomatic;
    case WallMode::Kind::OnePlusN: return kModeOnePlusN;
    case WallMode::Kind::Grid: break;
    }
    return mode.n;
}

TopBar::TopBar(QWidget *parent)
    : QFrame(parent), m_place(new ElidedLabel(TextRole::Title, Token::Text, this)), m_modes(new Segmented(this)),
      m_levels(new Segmented(this)), m_fullScreen(new QToolButton(this)), m_clock(new DigitLabel(TextRole::Title, this)),
      m_zone(new DigitLabel(TextRole::Secondary, this))
{
    setObjectName(QStringLiteral("topBar"));
    m_modes->add(kModeAutomatic, tr("Auto"), tr("Largest pictures (9)"));
    m_modes->add(1, QStringLiteral("1"), tr("One camera (1)"));
    for (int n = 2; n <= 4; ++n)
        m_modes->add(n, QStringLiteral("%1 × %1").arg(n), tr("%1 × %1 cameras (%1)").arg(n));
    m_modes->add(kModeOnePlusN, tr("1 + N"), tr("One large camera, the others around it"));
    m_modes->setCurrent(kModeAutomatic);
    m_modes->setAccessibleName(tr("Layout of the wall"));
    m_levels->add(int(OverlayLevel::None), tr("None"), tr("Pictures alone (I)"));
    m_levels->add(int(OverlayLevel::Normal), tr("Normal"), tr("State and latency (I)"));
    m_levels->add(int(OverlayLevel::Engineering), tr("Engineering"), tr("All figures (I)"));
    m_levels->setCurrent(int(OverlayLevel::Normal));
    m_levels->setAccessibleName(tr("Writing over the pictures"));
    m_fullScreen->setIcon(icon(QStringLiteral("fullscreen")));
    m_fullScreen->setToolTip(tr("Full screen (F)"));
    m_fullScreen->setAccessibleName(tr("Full screen"));
    m_clock->setReserve(QStringLiteral("00:00:00"));
    m_zone->setToken(Token::Muted);
    m_zone->setToolTip(tr("Click for UTC or local time"));
    m_clock->setToolTip(m_zone->toolTip());
    m_clock->installEventFilter(this);
    m_zone->installEventFilter(this);

    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(12, 0, 12, 0);
    row->setSpacing(12);
    row->addWidget(m_place);
    row->addStretch(1);
    row->addWidget(m_modes);
    row->addWidget(m_levels);
    row->addWidget(m_fullScreen);
    row->addStretch(1);
    row->addWidget(m_clock);
    row->addWidget(m_zone);
    connect(m_modes, &Segmented::chosen, this, [this](int id) { Q_EMIT modeChosen(modeOf(id)); });
    connect(m_levels, &Segmented::chosen, this, [this](int id) { Q_EMIT levelChosen(OverlayLevel(id)); });
    connect(m_fullScreen, &QToolButton::clicked, this, &TopBar::fullScreenWanted);
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &TopBar::tick);
    applySizes();
    tick();
}

void TopBar::tick()
{
    const QDateTime now = m_utc ? QDateTime::currentDateTimeUtc() : QDateTime::currentDateTime();
    m_clock->setText(now.time().toString(QStringLiteral("HH:mm:ss")));
    m_zone->setText(now.timeZoneAbbreviation());
    m_timer.start(1000 - now.time().msec());
}

void TopBar::setPlace(const QString &name)
{
    m_place->setText(name);
}

void TopBar::setMode(const WallMode &mode)
{
    m_modes->setCurrent(idOf(mode));
}

void TopBar::setLevel(OverlayLevel level)
{
    m_levels->setCurrent(int(level));
}

void TopBar::setToolsEnabled(bool enabled)
{
    m_modes->setEnabled(enabled);
    m_levels->setEnabled(enabled);
}

void TopBar::setToolsShown(bool shown)
{
    m_modes->setVisible(shown);
    m_levels->setVisible(shown);
}

void TopBar::applySizes()
{
    setFixedHeight(scaled(font(), 44));
    const int side = scaled(font(), 18);
    m_fullScreen->setIconSize({side, side});
}

void TopBar::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        applySizes();
    QFrame::changeEvent(event);
}

bool TopBar::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::MouseButtonPress && (watched == m_clock || watched == m_zone)) {
        m_utc = !m_utc;
        tick();
        return true;
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace vedette::app
