// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/popup.h"
#include "core/base/clock.h"

#include <QDate>
#include <QSet>
#include <QTimeZone>

class QComboBox;
class QLabel;
class QLineEdit;

namespace vedette::app {

class DaysCalendar;

/// Where one says a time: a field that reads what people write, a month with the days that have recordings, the zone.
/// Opens under a button and closes by Escape or a click elsewhere. Main thread.
class GoToPopup final : public Popup {
    Q_OBJECT
public:
    explicit GoToPopup(QWidget *parent);

    /// at: where one is now, for the month that is shown first.
    void openUnder(QWidget *button, UtcTime at, UtcTime now, const QTimeZone &zone);
    /// Days with recordings among those that monthShown() named.
    void setDays(const QSet<QDate> &days);
    QDate firstShown() const;
    QDate lastShown() const;

Q_SIGNALS:
    void chosen(vedette::UtcTime at);
    void zoneChosen(const QTimeZone &zone);
    /// Other days are to be marked.
    void monthShown(QDate first, QDate last);

private:
    void go();
    void fillZones();

    QLineEdit *m_field;
    QLabel *m_hint;
    DaysCalendar *m_calendar;
    QComboBox *m_zones;
    QTimeZone m_zone;
    UtcTime m_now{};
};

} // namespace vedette::app
