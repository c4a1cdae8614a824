// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/telemetry/chart_card.h"
#include "app/telemetry/telemetry_dock.h"
#include "app/widgets/digits.h"
#include "tests/support/manual_clock.h"

#include <QLabel>
#include <QTest>

using namespace vedette;
using namespace vedette::app;
using namespace std::chrono_literals;

namespace {

protocol::SampleBatch batch(const Clock &clock, std::uint64_t sequence)
{
    protocol::SampleBatch b;
    b.agent = QStringLiteral("pi-1");
    b.spool = QStringLiteral("s1");
    b.last = sequence;
    protocol::Sample sample;
    sample.sequence = sequence;
    sample.time = clock.utcNow();
    sample.values = {{QStringLiteral("temperature_celsius"), 21.44}, {QStringLiteral("acceleration_x_g"), 3},
                     {QStringLiteral("acceleration_y_g"), 4},        {QStringLiteral("acceleration_z_g"), 12},
                     {QStringLiteral("from_the_future_kg"), 7.5}};
    b.samples << sample;
    return b;
}

bool anyFigure(const QWidget &dock, const QString &text)
{
    for (const DigitLabel *label : dock.findChildren<DigitLabel *>()) {
        if (label->text() == text)
            return true;
    }
    return false;
}

} // namespace

class TestTelemetryDock : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void emptyHasAReason()
    {
        test::ManualClock clock;
        telemetry::TelemetryStore store;
        TelemetryDock dock(store, clock);
        dock.resize(288, 700);
        dock.show();
        const auto said = [&dock](const QString &text) {
            for (const QLabel *label : dock.findChildren<QLabel *>()) {
                if (label->isVisible() && label->text().contains(text))
                    return true;
            }
            return false;
        };
        QVERIFY(said(QStringLiteral("Select a camera")));
        dock.setAgent(QStringLiteral("pi-1"), QStringLiteral("Yard"), true, {});
        QVERIFY(said(QStringLiteral("No samples from Yard yet")));
        dock.setAgent(QStringLiteral("pi-1"), QStringLiteral("Yard"), false, QStringLiteral("Not heard for 15 s."));
        QVERIFY(said(QStringLiteral("Not heard for 15 s.")));
    }

    void cardsFollowTheSeries()
    {
        test::ManualClock clock;
        telemetry::TelemetryStore store;
        TelemetryDock dock(store, clock);
        dock.resize(288, 900);
        dock.show();
        dock.setAgent(QStringLiteral("pi-1"), QStringLiteral("Yard"), true, {});
        store.add(batch(clock, 1));
        // Temperature, acceleration as one vector, and a series that this version does not know.
        QTRY_COMPARE_WITH_TIMEOUT(dock.findChildren<ChartCard *>().size(), 3, 5000);
        QTRY_VERIFY_WITH_TIMEOUT(anyFigure(dock, plainNumber(13, 3)), 5000);
        QVERIFY(!anyFigure(dock, QStringLiteral("0")));
        for (int seconds : {60, 3600, 86400, 600}) {
            dock.setRange(std::chrono::seconds(seconds));
            QCOMPARE(dock.range(), std::chrono::seconds(seconds));
            dock.grab();
        }
    }

    void anOldValueIsNotCurrent()
    {
        test::ManualClock clock;
        telemetry::TelemetryStore store;
        TelemetryDock dock(store, clock);
        dock.resize(288, 900);
        dock.show();
        store.add(batch(clock, 1));
        dock.setAgent(QStringLiteral("pi-1"), QStringLiteral("Yard"), true, {});
        QTRY_VERIFY_WITH_TIMEOUT(anyFigure(dock, plainNumber(13, 3)), 5000);
        clock.advance(11s);
        QTRY_VERIFY_WITH_TIMEOUT(!anyFigure(dock, plainNumber(13, 3)), 5000);
        QVERIFY(anyFigure(dock, QStringLiteral("—")));
    }
};

QTEST_MAIN(TestTelemetryDock)
#include "tst_telemetry_dock.moc"
