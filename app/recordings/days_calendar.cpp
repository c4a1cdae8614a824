// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/days_calendar.h"

#include "app/widgets/icon.h"
#include "app/widgets/theme.h"

#include <QEvent>
#include <QPainter>
#include <QTextCharFormat>
#include <QToolButton>

namespace vedette::app {

DaysCalendar::DaysCalendar(QWidget *parent) : QCalendarWidget(parent)
{
    setVerticalHeaderFormat(NoVerticalHeader);
    setHorizontalHeaderFormat(ShortDayNames);
    setGridVisible(false);
    setAccessibleName(tr("Days with recordings"));
    setMinimumHeight(scaled(font(), 210));
    applyTheme();
    const auto button = [this](const char *name, const char *shape, const QString &text) {
        if (auto *found = findChild<QToolButton *>(QLatin1String(name))) {
            found->setIcon(icon(QLatin1String(shape)));
            found->setAccessibleName(text);
        }
    };
    button("qt_calendar_nextmonth", "chevron-right", tr("Next month"));
    button("qt_calendar_prevmonth", "chevron-left", tr("Previous month"));
}

/// Weekends are no alarm: all days look alike but for what is recorded.
void DaysCalendar::applyTheme()
{
    const Theme &theme = Theme::shown();
    QTextCharFormat head;
    head.setForeground(theme.color(Token::Muted));
    head.setBackground(theme.color(Token::Raised));
    head.setFont(roleFont(font(), TextRole::Small));
    setHeaderTextFormat(head);
    for (const Qt::DayOfWeek day : {Qt::Monday, Qt::Tuesday, Qt::Wednesday, Qt::Thursday, Qt::Friday, Qt::Saturday, Qt::Sunday})
        setWeekdayTextFormat(day, head);
}

void DaysCalendar::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTheme();
    QCalendarWidget::changeEvent(event);
}

void DaysCalendar::setDays(const QSet<QDate> &days)
{
    if (days == m_days)
        return;
    m_days = days;
    updateCells();
}

void DaysCalendar::setToday(QDate date)
{
    m_today = date;
    setMaximumDate(date);
}

void DaysCalendar::paintCell(QPainter *painter, const QRect &rect, QDate date) const
{
    const Theme &theme = Theme::shown();
    painter->save();
    const bool selected = date == selectedDate(), recorded = m_days.contains(date);
    painter->fillRect(rect, theme.color(selected ? Token::SelBg : Token::Raised));
    painter->setFont(roleFont(font(), recorded ? TextRole::SecondaryStrong : TextRole::Secondary));
    const bool here = date.month() == monthShown();
    painter->setPen(theme.color(date > m_today ? Token::Disabled : recorded ? Token::Text : here ? Token::Text2 : Token::Muted));
    painter->drawText(rect.adjusted(0, 0, 0, -3), Qt::AlignCenter, QString::number(date.day()));
    if (recorded)
        painter->fillRect(QRect(rect.center().x() - 7, rect.bottom() - 4, 15, 3), theme.color(Token::Stored));
    if (date == m_today) {
        painter->setPen(theme.color(Token::Border));
        painter->drawRect(rect.adjusted(1, 1, -2, -2));
    }
    painter->restore();
}

} // namespace vedette::app
