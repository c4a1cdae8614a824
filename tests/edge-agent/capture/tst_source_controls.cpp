// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/source_controls.h"

#include "edge-agent/capture/request_pacing.h"
#include "edge-agent/capture/sensor_time.h"

#include <QTest>

using namespace vedette;
using namespace vedette::agent;

namespace {

const auto kEv = QStringLiteral("ev");
const auto kGain = QStringLiteral("gain");
const auto kAwb = QStringLiteral("awb");

QList<protocol::ControlRange> ranges()
{
    return {{kAwb, 0, 0, {}, {QStringLiteral("auto"), QStringLiteral("indoor")}}, {kEv, -2, 2, 0.0, {}}, {kGain, 1, 16, {}, {}},
            {QStringLiteral("roi"), 0, 0, {}, {}}};
}

} // namespace

/// What needs no camera: controls against its ranges, the pace of requests, the sensor's clock.
class TestSourceControls : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aChangeIsAllOrNothing()
    {
        SourceControls controls({{kAwb, QStringLiteral("auto")}});
        controls.setRanges(ranges());
        QVERIFY(controls.change({{kEv, 1.5}, {kGain, 2}}));
        QCOMPARE(controls.version(), 1U);
        QCOMPARE(controls.wanted(), (QJsonObject{{kAwb, QStringLiteral("auto")}, {kEv, 1.5}, {kGain, 2}}));
        QVERIFY(!controls.change({{kEv, 0}, {kGain, 17}}));
        QCOMPARE(controls.version(), 1U);
        QCOMPARE(controls.wanted().value(kEv).toDouble(), 1.5);
        QVERIFY(controls.change({{kEv, QJsonValue::Null}, {kGain, 0}}));
        QCOMPARE(controls.wanted(), (QJsonObject{{kAwb, QStringLiteral("auto")}, {kGain, 0}}));
    }

    void refusalsSayWhatIsAllowed_data()
    {
        QTest::addColumn<QJsonObject>("given");
        QTest::addColumn<QString>("sentence");
        QTest::addColumn<int>("kind");
        const auto row = [](const char *name, const QJsonObject &given, const char *sentence, ErrorKind kind) {
            QTest::newRow(name) << given << QString::fromUtf8(sentence) << static_cast<int>(kind);
        };
        row("camera's range", {{kEv, 3}}, "ev: is 3; this camera allows -2 to 2.", ErrorKind::InvalidInput);
        row("table's range", {{kEv, 9}}, "ev: is 9; allowed are -8 to 8", ErrorKind::InvalidInput);
        row("camera's words", {{kAwb, QStringLiteral("cloudy")}}, "awb: is \"cloudy\"; this camera allows auto, indoor.", ErrorKind::InvalidInput);
        row("not its", {{QStringLiteral("hdr"), QStringLiteral("night")}}, "hdr: this camera has no such control.", ErrorKind::Unsupported);
        row("at opening", {{QStringLiteral("hflip"), true}}, "hflip: is set when the camera is opened; change it in the settings.", ErrorKind::Unsupported);
        row("nothing", {}, "No control is named.", ErrorKind::InvalidInput);
        row("region", {{QStringLiteral("roi"), QStringLiteral("0,0,2,2")}},
            "roi: is \"0,0,2,2\"; allowed is \"x,y,width,height\" in parts of 1, within the picture", ErrorKind::InvalidInput);
    }
    void refusalsSayWhatIsAllowed()
    {
        QFETCH(QJsonObject, given);
        SourceControls controls({});
        controls.setRanges(ranges());
        const auto changed = controls.change(given);
        QVERIFY(!changed);
        QTEST(changed.error().detail, "sentence");
        QTEST(static_cast<int>(changed.error().kind), "kind");
        QCOMPARE(controls.version(), 0U);
    }

    void aClosedCameraTakesNone()
    {
        SourceControls controls({});
        const auto changed = controls.change({{kEv, 1}});
        QVERIFY(!changed && changed.error().kind == ErrorKind::Unavailable);
    }

    /// A camera with four requests that answers each 1 ms later.
    void aCameraWithoutPaceIsHeldToItsRate()
    {
        RequestPacing pacing(milliseconds{100});
        MonoTime now = monoFromMicros(1'000'000);
        QVERIFY(pacing.take(now));
        for (int i = 0; i < 4; ++i)
            QVERIFY(!pacing.take(now += milliseconds{1}));
        QVERIFY(pacing.holds());
        for (int i = 1; i <= 20; ++i) {
            QCOMPARE(pacing.due(), monoFromMicros(1'000'000) + i * milliseconds{100});
            QVERIFY(pacing.take(pacing.due() + milliseconds{1}));
            QVERIFY(pacing.holds());
        }
    }

    void aSensorsOwnPaceIsLeftAlone()
    {
        RequestPacing pacing(milliseconds{100});
        MonoTime now = monoFromMicros(1'000'000);
        for (int i = 0; i < 1000; ++i) { // trembling, and 1 % fast
            QVERIFY(pacing.take(now));
            QVERIFY(!pacing.holds());
            now += milliseconds{99} + microseconds{(i % 3 - 1) * 20'000};
        }
        QVERIFY(!pacing.take(now - milliseconds{80})); // one burst …
        QVERIFY(pacing.holds());
        QVERIFY(pacing.take(now + milliseconds{100})); // … does not hold it for ever
        QVERIFY(!pacing.holds());
    }

    void bothClocksOfASensorAreUnderstood()
    {
        const MonoTime arrived = monoFromMicros(50'000'000);
        const std::int64_t monotonicNs = 49'960'000'000;
        const microseconds slept{3'600'000'000};
        QCOMPARE(sensorTime(monotonicNs, arrived, microseconds{0}), monoFromMicros(49'960'000));
        QCOMPARE(sensorTime(monotonicNs, arrived, slept), monoFromMicros(49'960'000));
        QCOMPARE(sensorTime(monotonicNs + slept.count() * 1000, arrived, slept), monoFromMicros(49'960'000));
        QCOMPARE(sensorTime(0, arrived, slept), arrived);
        QCOMPARE(sensorTime(monotonicNs + 60'000'000, arrived, microseconds{0}), arrived); // of the future
        QVERIFY(sleptTime() >= microseconds{-1000});
    }
};

QTEST_APPLESS_MAIN(TestSourceControls)
#include "tst_source_controls.moc"
