// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/popup.h"

#include "app/widgets/theme.h"

#include <QEvent>
#include <QScreen>
#include <QVBoxLayout>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr int kGap = 4, kPad = 12, kSpace = 8;

} // namespace

Popup::Popup(QWidget *parent) : QFrame(parent, Qt::Popup), m_column(new QVBoxLayout(this))
{
    setObjectName(QStringLiteral("popup"));
    const int pad = scaled(font(), kPad);
    m_column->setContentsMargins(pad, pad, pad, pad);
    m_column->setSpacing(scaled(font(), kSpace));
}

void Popup::openOver(const QWidget &button)
{
    adjustSize();
    const QRect screen = button.screen()->availableGeometry();
    QPoint place = button.mapToGlobal(QPoint(button.width() - width(), -height() - kGap));
    if (place.y() < screen.top())
        place.setY(button.mapToGlobal(QPoint(0, button.height() + kGap)).y());
    place.setX(std::clamp(place.x(), screen.left(), std::max(screen.left(), screen.right() - width())));
    move(place);
    show();
}

bool Popup::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        event->accept(); // a key here is meant for what is in here
        return true;
    }
    return QFrame::event(event);
}

} // namespace vedette::app
