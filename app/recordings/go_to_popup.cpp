// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/go_to_popup.h"

#include "app/recordings/days_calendar.h"
#include "app/recordings/moment_text.h"
#include "app/widgets/theme.h"
#include "core/review/zone_time.h"

#include <QComboBox>
#include <QCompleter>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace vedette::app {

GoToPopup::GoToPopup(QWidget *parent)
    : Popup(parent), m_field(new QLineEdit(this)), m_hint(new QLabel(this)), m_calendar(new DaysCalendar(this)),
      m_zones(new QComboBox(this)), m_zone(QTimeZone::systemTimeZone())
{
    setAccessibleName(tr("Go to a time"));
    auto *row = new QHBoxLayout;
    m_field->setPlaceholderText(tr("13:58, yesterday 8:10, 2026-10-14 13:58:12"));
    m_field->setAccessibleName(tr("Time"));
    m_field->setMinimumWidth(scaled(font(), 290));
    auto *go = new QPushButton(tr("Go"), this);
    go->setProperty("primary", true);
    row->addWidget(m_field, 1);
    row->addWidget(go);
    column().addLayout(row);
    m_hint->setWordWrap(true);
    m_hint->setProperty("error", true);
    m_hint->hide();
    column().addWidget(m_hint);
    column().addWidget(m_calendar);
    auto *zone = new QHBoxLayout;
    auto *label = new QLabel(tr("Zone"), this);
    label->setBuddy(m_zones);
    label->setProperty("secondary", true);
    zone->addWidget(label);
    m_zones->setAccessibleName(tr("Zone"));
    m_zones->setEditable(true);
    m_zones->setInsertPolicy(QComboBox::NoInsert);
    m_zones->completer()->setCompletionMode(QCompleter::PopupCompletion);
    m_zones->completer()->setFilterMode(Qt::MatchContains);
    zone->addWidget(m_zones, 1);
    column().addLayout(zone);

    connect(m_field, &QLineEdit::returnPressed, this, &GoToPopup::go);
    connect(go, &QPushButton::clicked, this, &GoToPopup::go);
    connect(m_field, &QLineEdit::textEdited, this, [this] { m_hint->hide(); });
    connect(m_calendar, &DaysCalendar::clicked, this, [this](QDate date) {
        m_field->setText(date.toString(Qt::ISODate) + QLatin1Char(' '));
        m_field->setFocus();
        m_hint->hide();
    });
    connect(m_calendar, &DaysCalendar::activated, this, [this](QDate date) {
        Q_EMIT chosen(review::dayStart(date, m_zone));
        close();
    });
    connect(m_calendar, &DaysCalendar::currentPageChanged, this, [this] { Q_EMIT monthShown(firstShown(), lastShown()); });
    connect(m_zones, &QComboBox::activated, this, [this](int index) {
        m_zone = QTimeZone(m_zones->itemData(index).toByteArray());
        Q_EMIT zoneChosen(m_zone);
        Q_EMIT monthShown(firstShown(), lastShown());
    });
}

void GoToPopup::fillZones()
{
    if (m_zones->count() > 0)
        return; // several hundred; only when first needed
    const QByteArray local = QTimeZone::systemTimeZoneId();
    m_zones->addItem(tr("Local (%1)").arg(QString::fromLatin1(local)), local);
    m_zones->addItem(QStringLiteral("UTC"), QTimeZone::utc().id());
    QList<QByteArray> ids = QTimeZone::availableTimeZoneIds();
    std::sort(ids.begin(), ids.end());
    for (const QByteArray &id : std::as_const(ids)) {
        if (id != local && !id.startsWith("UTC") && !id.startsWith("Etc/"))
            m_zones->addItem(QString::fromLatin1(id), id);
    }
}

QDate GoToPopup::firstShown() const
{
    return QDate(m_calendar->yearShown(), m_calendar->monthShown(), 1).addDays(-7);
}

QDate GoToPopup::lastShown() const
{
    return QDate(m_calendar->yearShown(), m_calendar->monthShown(), 1).addMonths(1).addDays(14);
}

void GoToPopup::openUnder(QWidget *button, UtcTime at, UtcTime now, const QTimeZone &zone)
{
    m_zone = zone;
    m_now = now;
    fillZones();
    m_zones->setCurrentIndex(std::max(0, m_zones->findData(zone.id())));
    m_hint->hide();
    m_field->clear();
    m_calendar->setToday(review::wallTime(now, zone).date);
    m_calendar->setSelectedDate(review::wallTime(at, zone).date);
    openOver(*button); // the time line stays in sight
    m_field->setFocus();
    Q_EMIT monthShown(firstShown(), lastShown());
}

void GoToPopup::setDays(const QSet<QDate> &days)
{
    m_calendar->setDays(days);
}

void GoToPopup::go()
{
    const auto at = parseMoment(m_field->text(), m_zone, m_now);
    if (!at) {
        m_hint->setText(at.error().detail);
        m_hint->show();
        adjustSize();
        return;
    }
    Q_EMIT chosen(*at);
    close();
}

} // namespace vedette::app
