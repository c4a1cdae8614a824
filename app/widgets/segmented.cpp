// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/segmented.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPushButton>

namespace vedette::app {

Segmented::Segmented(QWidget *parent) : QFrame(parent), m_group(new QButtonGroup(this))
{
    setObjectName(QStringLiteral("segmented"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_group->setExclusive(true);
    connect(m_group, &QButtonGroup::idClicked, this, &Segmented::chosen);
}

void Segmented::add(int id, const QString &text, const QString &toolTip)
{
    auto *button = new QPushButton(text, this);
    button->setCheckable(true);
    button->setToolTip(toolTip);
    button->setAccessibleDescription(toolTip);
    button->setProperty("segment", true);
    m_group->addButton(button, id);
    layout()->addWidget(button);
}

void Segmented::setCurrent(int id)
{
    if (QAbstractButton *button = m_group->button(id))
        button->setChecked(true);
}

int Segmented::current() const
{
    return m_group->checkedId();
}

} // namespace vedette::app
