// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/rail.h"

#include "app/widgets/icon.h"
#include "app/widgets/theme.h"

#include <QButtonGroup>
#include <QEvent>
#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

namespace vedette::app {

namespace {

/// A place: icon over word, with the accent line of the current one at the window's edge.
class PlaceButton final : public QToolButton {
public:
    using QToolButton::QToolButton;

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const Theme &theme = Theme::shown();
        const int inset = scaled(font(), 4);
        const QRectF box = QRectF(rect()).adjusted(inset, 0, -inset, 0);
        painter.setPen(Qt::NoPen);
        if (isChecked() || underMouse()) {
            painter.setBrush(theme.color(isChecked() ? Token::SelBg : Token::Hover));
            painter.drawRoundedRect(box, 6, 6);
        }
        if (isChecked()) {
            painter.setBrush(theme.color(Token::Accent));
            painter.drawRect(QRectF(0, height() * 0.22, 2, height() * 0.56));
        }
        if (hasFocus()) {
            painter.setPen(QPen(theme.color(Token::Accent), 2));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 6, 6);
        }
        const bool words = toolButtonStyle() == Qt::ToolButtonTextUnderIcon;
        const int side = scaled(font(), 22);
        const QRect symbol((width() - side) / 2, words ? scaled(font(), 7) : (height() - side) / 2, side, side);
        icon().paint(&painter, symbol, Qt::AlignCenter, QIcon::Normal, isChecked() ? QIcon::On : QIcon::Off);
        if (words) {
            painter.setFont(roleFont(font(), TextRole::Small));
            painter.setPen(theme.color(isChecked() ? Token::Text : Token::Text2));
            painter.drawText(rect().adjusted(0, scaled(font(), 31), 0, 0), Qt::AlignHCenter | Qt::AlignTop, text());
        }
    }
};

} // namespace

Rail::Rail(QWidget *parent)
    : QFrame(parent), m_column(new QVBoxLayout(this)), m_menu(new QToolButton(this)), m_places(new QButtonGroup(this))
{
    setObjectName(QStringLiteral("rail"));
    m_column->setContentsMargins(0, 6, 0, 8);
    m_column->setSpacing(4);
    m_menu->setIcon(icon(QStringLiteral("menu")));
    m_menu->setToolTip(tr("Menu (F10)"));
    m_menu->setAccessibleName(tr("Menu"));
    m_menu->setPopupMode(QToolButton::InstantPopup);
    m_column->addWidget(m_menu, 0, Qt::AlignHCenter);
    m_column->addStretch(1);
    m_places->setExclusive(true);
    connect(m_places, &QButtonGroup::idClicked, this, &Rail::placeChosen);
    applySizes();
}

void Rail::setMenu(QMenu *menu)
{
    m_menu->setMenu(menu);
}

void Rail::openMenu()
{
    m_menu->showMenu();
}

void Rail::addPlace(int id, const QString &iconName, const QString &word, const QString &shortcut)
{
    auto *button = new PlaceButton(this);
    button->setIcon(icon(iconName));
    button->setText(word);
    button->setToolTip(QStringLiteral("%1 (%2)").arg(word, shortcut));
    button->setAccessibleName(word);
    button->setCheckable(true);
    button->setFocusPolicy(Qt::TabFocus);
    m_places->addButton(button, id);
    m_column->insertWidget(m_column->count() - 1, button);
    applySizes();
}

void Rail::setCurrent(int id)
{
    if (QAbstractButton *button = m_places->button(id))
        button->setChecked(true);
}

void Rail::setWords(bool words)
{
    if (m_words == words)
        return;
    m_words = words;
    applySizes();
}

void Rail::applySizes()
{
    const auto px = [this](qreal v) { return scaled(font(), v); };
    const int width = px(m_words ? 76 : 48);
    setFixedWidth(width);
    m_menu->setIconSize({px(20), px(20)});
    m_menu->setFixedSize(px(36), px(32));
    for (QAbstractButton *button : m_places->buttons()) {
        static_cast<QToolButton *>(button)->setToolButtonStyle(m_words ? Qt::ToolButtonTextUnderIcon : Qt::ToolButtonIconOnly);
        button->setFixedSize(width - 1, px(m_words ? 52 : 40));
    }
}

void Rail::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        applySizes();
    QFrame::changeEvent(event);
}

} // namespace vedette::app
