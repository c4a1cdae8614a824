// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/still_scene.h"

#include "tests/edge-agent/live_fixture.h"

#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;

class TestStillScene : public QObject {
    Q_OBJECT

    MonoTime m_now = monoFromMicros(50'000'000);

    /// For this long, four pictures a second.
    void show(StillScene &scene, std::uint64_t first, bool moves, milliseconds duration)
    {
        for (milliseconds passed{0}; passed < duration; passed += 250ms) {
            scene.look(movingPicture(first, 64, 48, m_now, 0us));
            m_now += 250ms;
            first += moves ? 1 : 0;
        }
    }

private Q_SLOTS:
    void sinceTheFirstThatIsTheSame()
    {
        StillScene scene;
        show(scene, 1, true, 20s);
        QVERIFY(!scene.unchanged());
        show(scene, 1, false, 4s);
        QVERIFY(!scene.unchanged());
        show(scene, 1, false, 3s);
        QVERIFY(scene.unchanged());
        show(scene, 3, false, 1s); // another scene
        QVERIFY(!scene.unchanged());
        show(scene, 3, false, 6s);
        QVERIFY(scene.unchanged());
        scene.forget();
        QVERIFY(!scene.unchanged());
    }
    void aClockThatJumpsBack()
    {
        StillScene scene;
        show(scene, 1, false, 8s);
        QVERIFY(scene.unchanged());
        m_now -= 1h;
        show(scene, 1, false, 2s);
        QVERIFY(!scene.unchanged());
        show(scene, 1, false, 5s);
        QVERIFY(scene.unchanged());
    }
    void nothingToLookAt()
    {
        StillScene scene;
        for (int i = 0; i < 20; ++i) {
            media::Frame none;
            none.captured = m_now += 1s;
            scene.look(none);
            QVERIFY(!scene.unchanged());
        }
    }
};

QTEST_APPLESS_MAIN(TestStillScene)
#include "tst_still_scene.moc"
