// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/tile_details.h"

#include <QTest>

using namespace vedette;
using namespace vedette::app;

class TestTileDetails : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void stagesNameWhereTheTimeWent()
    {
        const live::StageTimes stages{12.0, 0.5, 2.25, 3.0};
        QCOMPARE(stagesText(stages, {0.25, 4.5}), QStringLiteral("capture 0.3 · encode 4.5 · send 7.3 · receive 0.5 · decode 2.3 · present 3.0"));
        // A camera that encodes by itself: its own part cannot be told from the way.
        QCOMPARE(stagesText(stages, {}), QStringLiteral("send 12.0 · receive 0.5 · decode 2.3 · present 3.0"));
        // Means of the agent and medians of ours need not fit to the last tenth.
        QVERIFY(stagesText({4.0, 0, 0, 0}, {1.0, 5.0}).contains(QStringLiteral("send 0.0")));
    }

    void engineeringNamesEveryFigure()
    {
        live::StreamStats stats;
        stats.latencyMs = 17.3;
        stats.uncertaintyMs = 1.5;
        stats.stages = live::StageTimes{10, 1, 2, 3};
        stats.received = 7;
        stats.lost = 4;
        stats.bitrateKbps = 2400.4;
        stats.shownFps = 19.9;
        live::ReceiverState state;
        state.path = {QStringLiteral("rtsp://user:hunter2@relay/gate"), live::PathKind::Relay};
        state.lastNewCapture = MonoTime{std::chrono::seconds{10}};
        const QString text = engineeringText({}, stats, state, {}, MonoTime{milliseconds{10'042}});
        for (const char *part : {"17.3 ms ± 1.5", "send 10.0", "19.9 shown", "2400 kbit/s", "7 in", "4 packets lost", "42 ms since", "relay"})
            QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
        QVERIFY(!text.contains(QStringLiteral("hunter2")));
        stats.latencyMs.reset();
        stats.stages.reset();
        stats.latencyReason = QStringLiteral("clock not verified: x");
        QVERIFY(engineeringText({}, stats, state, {}, MonoTime{}).contains(stats.latencyReason));
    }
};

QTEST_GUILESS_MAIN(TestTileDetails)
#include "tst_tile_details.moc"
