// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/pulse.h"

#include <QTest>

using namespace vedette;
using namespace std::chrono_literals;

class TestPulse : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aBeatVouchesForItsTime()
    {
        const MonoTime now = monoFromMicros(5'000'000);
        Pulse pulse;
        QVERIFY(!pulse.silent(now)); // no thread yet
        pulse.beat(now, 100ms);
        QVERIFY(!pulse.silent(now + 100ms));
        QVERIFY(pulse.silent(now + 101ms));
        pulse.beat(now + 200ms, 1h); // an honest wait
        QVERIFY(!pulse.silent(now + 30min));
        pulse.rest();
        QVERIFY(!pulse.silent(now + 24h));
    }
};

QTEST_APPLESS_MAIN(TestPulse)
#include "tst_pulse.moc"
