// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCalendarWidget>
#include <QSet>

namespace vedette::app {

/// A month in which days with recordings carry a bar. Main thread.
class DaysCalendar final : public QCalendarWidget {
    Q_OBJECT
public:
    explicit DaysCalendar(QWidget *parent = nullptr);
    void setDays(const QSet<QDate> &days);
    /// In the zone that is shown; later days cannot be chosen.
    void setToday(QDate date);

protected:
    void changeEvent(QEvent *event) override;
    void paintCell(QPainter *painter, const QRect &rect, QDate date) const override;

private:
    void applyTheme();

    QSet<QDate> m_days;
    QDate m_today;
};

} // namespace vedette::app
