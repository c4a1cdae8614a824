// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/segmented.h"

#include "app/widgets/theme.h"

#include <QButtonGroup>
#include <QFontMetrics>
#include <QHBoxLayout>
#include <QPushButton>

namespace vedette::app {

namespace {

constexpr int kPadding = 10; // as in theme.qss

} // namespace

Segmented::Segmented(QWidget *parent) : QFrame(parent), m_group(new QButtonGroup(this))
{
    setObjectName(QStringLiteral("segmented"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
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
    // Wide enough for its bold text, so that nothing moves or clips when it is chosen.
    const QFont strong = roleFont(font(), TextRole::Name);
    button->setMinimumWidth(QFontMetrics(strong).horizontalAdvance(text) + scaled(font(), 2 * kPadding));
    m_group->addButton(button, id);
    layout()->addWidget(button);
}

void Segmented::setCurrent(int id)
{
    if (QAbstractButton *button = m_group->button(id))
        button->setChecked(true);
}

void Segmented::setChoice(int id, const QString &text, bool shown)
{
    if (QAbstractButton *button = m_group->button(id)) {
        button->setText(text);
        button->setVisible(shown);
    }
}

int Segmented::current() const
{
    return m_group->checkedId();
}

} // namespace vedette::app
