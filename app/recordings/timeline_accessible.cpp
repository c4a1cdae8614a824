// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/timeline_accessible.h"

#include "app/recordings/timeline_widget.h"

#include <QAccessibleWidget>

#include <cmath>

namespace vedette::app {

namespace {

/// Values are seconds since 1970.
class TimelineAccessible final : public QAccessibleWidget, public QAccessibleValueInterface {
public:
    explicit TimelineAccessible(TimelineWidget *widget) : QAccessibleWidget(widget, QAccessible::Slider) {}

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ValueInterface ? static_cast<QAccessibleValueInterface *>(this) : QAccessibleWidget::interface_cast(type);
    }
    QString text(QAccessible::Text part) const override
    {
        return part == QAccessible::Value ? timeline().spoken() : QAccessibleWidget::text(part);
    }
    QVariant currentValue() const override { return seconds(timeline().model().cursor()); }
    void setCurrentValue(const QVariant &value) override
    {
        timeline().model().seek(utcFromMicros(std::llround(value.toDouble() * 1e6)));
    }
    QVariant minimumValue() const override { return seconds(timeline().axis().left()); }
    QVariant maximumValue() const override { return seconds(std::min(timeline().axis().right(), timeline().model().liveEdge())); }
    QVariant minimumStepSize() const override { return double(timeline().axis().perPixel().count()) / 1e6; }

private:
    TimelineWidget &timeline() const { return *static_cast<TimelineWidget *>(widget()); }
    static double seconds(UtcTime at) { return double(toMicros(at)) / 1e6; }
};

QAccessibleInterface *make(const QString &, QObject *object)
{
    auto *timeline = qobject_cast<TimelineWidget *>(object);
    return timeline ? new TimelineAccessible(timeline) : nullptr;
}

} // namespace

void installTimelineAccessibility()
{
    static const bool installed = [] {
        QAccessible::installFactory(make);
        return true;
    }();
    (void)installed;
}

} // namespace vedette::app
