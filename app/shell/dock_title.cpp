// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/dock_title.h"

#include "app/widgets/elided_label.h"
#include "app/widgets/icon.h"

#include <QDockWidget>
#include <QHBoxLayout>
#include <QToolButton>

namespace vedette::app {

DockTitle::DockTitle(const QString &name, QDockWidget *dock)
    : QFrame(dock), m_row(new QHBoxLayout(this)), m_subject(new ElidedLabel(TextRole::Secondary, Token::Text2, this))
{
    setObjectName(QStringLiteral("dockTitle"));
    setFixedHeight(scaled(font(), 32));
    m_row->setContentsMargins(12, 0, 6, 0);
    m_row->setSpacing(2);
    auto *title = new ElidedLabel(TextRole::Name, Token::Text, this);
    title->setText(name);
    m_row->addWidget(title);
    m_row->addSpacing(8);
    m_row->addWidget(m_subject, 1);
    addTool(QStringLiteral("close"), tr("Close"), [this] { Q_EMIT closeWanted(); });
}

void DockTitle::setSubject(const QString &subject)
{
    m_subject->setText(subject);
}

void DockTitle::addTool(const QString &iconName, const QString &toolTip, const std::function<void()> &run)
{
    auto *button = new QToolButton(this);
    const int side = scaled(font(), 16);
    button->setIcon(icon(iconName));
    button->setIconSize({side, side});
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip);
    m_row->insertWidget(3, button); // the newest left of the others, close last
    connect(button, &QToolButton::clicked, this, run);
}

} // namespace vedette::app
