// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/recorded_text.h"

#include <QTest>

using namespace vedette;
using namespace vedette::app;
using Kind = recordings::LaneState::Kind;

namespace {

constexpr UtcTime kNow = utcFromMicros(1'795'262'400'000'000); // 2026-11-21 12:00:00 UTC

RecordedFacts facts(Kind kind)
{
    RecordedFacts f;
    f.name = QStringLiteral("Gate");
    f.state.kind = kind;
    f.state.shown = kNow - std::chrono::seconds{42};
    f.state.skew = microseconds{12'400};
    f.state.source = QStringLiteral("agent pi-1");
    f.hasPicture = true;
    f.now = kNow;
    return f;
}

} // namespace

class TestRecordedText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("TZ", "UTC"); }

    void aRecordedPictureIsNeverTakenForALiveOne()
    {
        for (const Kind kind : {Kind::Seeking, Kind::Playing, Kind::Paused, Kind::Gap, Kind::AtLiveEdge, Kind::Failed}) {
            const TileText t = describeRecorded(facts(kind));
            QVERIFY(t.recorded);
            QVERIFY(t.health.glyph != Glyph::Live && t.health.glyph != Glyph::Direct);
        }
    }

    void besideLiveItTellsHowFarBack()
    {
        RecordedFacts f = facts(Kind::Playing);
        QCOMPARE(describeRecorded(f).latency, QStringLiteral("+12 ms"));
        f.besideLive = true;
        const TileText t = describeRecorded(f);
        QCOMPARE(t.latency, QStringLiteral("−00:42"));
        QCOMPARE(t.headline, QStringLiteral("Recorded 11:59:18"));
        QCOMPARE(t.path, QStringLiteral("agent pi-1"));
    }

    void gapsSayWhyAndUntilWhen()
    {
        RecordedFacts f = facts(Kind::Gap);
        f.state.reason = QStringLiteral("The camera gave no pictures.");
        f.state.until = kNow - std::chrono::seconds{10};
        const TileText t = describeRecorded(f);
        QVERIFY(t.health.state == CameraHealth::State::Offline); // no picture is shown
        QCOMPARE(t.cause, f.state.reason);
        QCOMPARE(t.nextTry, QStringLiteral("goes on 11:59:50"));
        QVERIFY(t.latency.isEmpty());
    }

    void whatIsNotExactIsSaid()
    {
        RecordedFacts f = facts(Kind::Seeking);
        f.state.preview = true;
        QCOMPARE(describeRecorded(f).detail, QStringLiteral("key frame"));
        f.state.preview = false;
        f.state.keyFramesOnly = true;
        QCOMPARE(describeRecorded(f).detail, QStringLiteral("key frames only"));
        f.hasPicture = false;
        QVERIFY(describeRecorded(f).health.state == CameraHealth::State::Connecting);
        f = facts(Kind::Playing);
        f.state.known = false;
        QCOMPARE(describeRecorded(f).detail, QStringLiteral("time unknown"));
        f.state.remark = QStringLiteral("The manifest says 14:15:00, the pictures say 14:16:03.");
        QVERIFY(describeRecorded(f).latencyTip.contains(f.state.remark));
    }

    void skews()
    {
        QCOMPARE(skewText(microseconds{0}), QStringLiteral("+0 ms"));
        QCOMPARE(skewText(microseconds{-8'400}), QStringLiteral("−8 ms"));
        QCOMPARE(skewText(microseconds{12'600'000}), QStringLiteral("+12 s"));
    }
};

QTEST_GUILESS_MAIN(TestRecordedText)
#include "tst_recorded_text.moc"
