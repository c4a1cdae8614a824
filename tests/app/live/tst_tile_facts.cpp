// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/tile_painter.h"
#include "app/live/tile_facts.h"

#include <QDateTime>
#include <QImage>
#include <QPainter>
#include <QTest>

using namespace vedette;
using namespace vedette::app;
using namespace std::chrono_literals;

namespace {

TileFacts facts(live::TileState state)
{
    TileFacts f;
    f.name = QStringLiteral("Gate street");
    f.agent = QStringLiteral("pi-1");
    f.now = monoFromMicros(1'000'000'000);
    f.utcNow = utcFromMicros(1'790'000'000'000'000);
    f.condition = {state, f.now - 38s};
    f.receiver.stage = protocol::StageState::Running;
    f.receiver.path = {QStringLiteral("rtsp://relay:8554/gate"), live::PathKind::Relay};
    f.stats.width = 1280;
    f.stats.height = 720;
    f.stats.fps = 20.04;
    f.stats.latencyMs = 87.6;
    f.stats.uncertaintyMs = 3.2;
    return f;
}

QString clockOf(UtcTime time)
{
    return QDateTime::fromMSecsSinceEpoch(toMicros(time) / 1000).time().toString(QStringLiteral("HH:mm:ss"));
}

QImage painted(const TileView &view, QSize size, const Theme &theme)
{
    QImage image(size, QImage::Format_RGB32);
    image.fill(theme.color(Token::Well));
    QPainter painter(&image);
    QFont body;
    body.setPixelSize(13);
    paintTile(painter, image.rect(), view, wallMetrics(1, body), body, theme, image.rect());
    return image;
}

int countColor(const QImage &image, const QColor &color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            count += image.pixel(x, y) == color.rgb() ? 1 : 0;
    return count;
}

} // namespace

class TestTileFacts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void liveByTheRelay()
    {
        const TileText t = describeTile(facts(live::TileState::Live));
        QCOMPARE(t.health.glyph, Glyph::Live);
        QCOMPARE(t.latency, QStringLiteral("88 ms"));
        QCOMPARE(t.detail, QStringLiteral("1280 × 720 · 20 fps"));
        QVERIFY(t.path.isEmpty());
        QVERIFY(t.cause.isEmpty());
        QVERIFY(t.latencyTip.contains(QStringLiteral("± 3 ms")));
        QCOMPARE(t.accessible, QStringLiteral("Gate street, live, 88 ms"));
    }

    void directIsHealthyAndSaid()
    {
        TileFacts f = facts(live::TileState::Live);
        f.receiver.path = {QStringLiteral("http://pi:8083/live/gate/main.ts"), live::PathKind::Direct};
        const TileText t = describeTile(f);
        QCOMPARE(t.health.glyph, Glyph::Direct);
        QCOMPARE(t.path, QStringLiteral("direct"));
    }

    void fallbackSaysWhenItMayBeOver()
    {
        TileFacts f = facts(live::TileState::Live);
        f.receiver.path = {QStringLiteral("http://pi:8083/live/gate/main.mjpg"), live::PathKind::Mjpeg};
        QCOMPARE(describeTile(f).path, QStringLiteral("MJPEG"));
        f.receiver.nextTry = f.now + 6500ms;
        const TileText t = describeTile(f);
        QCOMPARE(t.health.glyph, Glyph::Fallback);
        QCOMPARE(t.health.trailing, QStringLiteral("MJPEG"));
        QCOMPARE(t.path, QStringLiteral("MJPEG · 0:07"));
        QCOMPARE(t.nextTry, QStringLiteral("better path 0:07"));
        QVERIFY(t.cause.isEmpty());
    }

    void aSnapshotIsNeverLive()
    {
        TileFacts f = facts(live::TileState::Stale);
        f.receiver.path = {QStringLiteral("http://pi:8083/live/gate/main.jpg"), live::PathKind::Snapshot};
        f.receiver.snapshot = true;
        f.receiver.nextTry = f.now + 2500ms;
        TileText t = describeTile(f);
        QCOMPARE(t.health.glyph, Glyph::Stale);
        QCOMPARE(t.path, QStringLiteral("snapshot"));
        QCOMPARE(t.headline, QStringLiteral("Not live. Last picture ") + clockOf(f.utcNow - 38s));
        QVERIFY2(t.cause.contains(QStringLiteral("single picture")), qPrintable(t.cause));
        QCOMPARE(t.nextTry, QStringLiteral("next try 0:03"));
        f.receiver.path = {QStringLiteral("rtsp://relay:8554/gate"), live::PathKind::Relay}; // tried again, without a picture yet
        QCOMPARE(describeTile(f).path, QStringLiteral("snapshot"));
    }

    void unknownLatencyIsNeverAFigure()
    {
        TileFacts f = facts(live::TileState::Live);
        f.stats.latencyMs.reset();
        f.stats.latencyReason = QStringLiteral("no capture time in this stream");
        const TileText t = describeTile(f);
        QCOMPARE(t.latency, QStringLiteral("—"));
        QVERIFY(t.latencyTip.contains(QStringLiteral("no capture time in this stream")));
        QVERIFY(t.accessible.contains(QStringLiteral("latency unknown")));
        QCOMPARE(t.latencyWord, QStringLiteral("latency unknown"));
    }

    void aStillSceneIsLiveAndSaid()
    {
        TileFacts f = facts(live::TileState::Live);
        const TileText live = describeTile(f);
        QVERIFY(live.unchanged.isEmpty());
        f.condition = {live::TileState::Unchanged, f.now - 38s};
        const TileText t = describeTile(f);
        QCOMPARE(t.unchanged, QStringLiteral("unchanged 00:38"));
        QVERIFY(t.health == live.health);
        QCOMPARE(t.latency, live.latency);
        QVERIFY(t.cause.isEmpty() && t.headline.isEmpty());
        QVERIFY(t.accessible.contains(t.unchanged));
    }

    void impossibleCaptureTimesAreNotVerified()
    {
        TileFacts f = facts(live::TileState::Live);
        f.stats.latencyMs.reset();
        f.stats.latencyReason = QStringLiteral("clock not verified: the capture time is in the future");
        const TileText t = describeTile(f);
        QCOMPARE(t.latency, QStringLiteral("—"));
        QCOMPARE(t.latencyWord, QStringLiteral("clock not verified"));
        QVERIFY(t.latencyTip.contains(QStringLiteral("in the future")));
        QVERIFY(t.accessible.contains(QStringLiteral("clock not verified")));
    }

    void staleSaysSinceWhenWhyAndNext()
    {
        TileFacts f = facts(live::TileState::Stale);
        f.receiver.stage = protocol::StageState::Waiting;
        f.receiver.errorKind = ErrorKind::Unavailable;
        f.receiver.nextTry = f.now + 2500ms;
        const TileText t = describeTile(f);
        QCOMPARE(t.health.glyph, Glyph::Stale);
        QCOMPARE(t.latency, QStringLiteral("00:38 old"));
        QVERIFY(t.latencyIsAge);
        QCOMPARE(t.headline, QStringLiteral("Not live. Last picture ") + clockOf(f.utcNow - 38s));
        QCOMPARE(t.nextTry, QStringLiteral("next try 0:03"));
        QCOMPARE(t.cause, QStringLiteral("The relay does not answer."));
    }

    void theAgentKnowsTheCauseBetter()
    {
        TileFacts f = facts(live::TileState::Stale);
        f.stageReason = QStringLiteral("The sensor gives the Pi no pictures.");
        f.receiver.nextTry = f.now + 2500ms;
        QCOMPARE(describeTile(f).cause, f.stageReason);
        QVERIFY(describeTile(f).nextTry.isEmpty()); // the console's own try is not what brings it back
        f.stageNextTry = f.now + 6500ms;
        QCOMPARE(describeTile(f).nextTry, QStringLiteral("next try 0:07"));
        f.agentOnline = false;
        QCOMPARE(describeTile(f).cause, QStringLiteral("The agent pi-1 does not answer."));
        QCOMPARE(describeTile(f).nextTry, QStringLiteral("next try 0:03"));
    }

    void offlineSaysSince()
    {
        TileFacts f = facts(live::TileState::Offline);
        f.receiver.stage = protocol::StageState::Waiting;
        f.receiver.errorKind = ErrorKind::Denied;
        f.receiver.nextTry = f.now + 12s;
        const TileText t = describeTile(f);
        QCOMPARE(t.health.glyph, Glyph::Offline);
        QCOMPARE(t.headline, QStringLiteral("Offline since ") + clockOf(f.utcNow - 38s));
        QCOMPARE(t.health.trailing, QStringLiteral("0:12"));
        QVERIFY(t.cause.contains(QStringLiteral("user name or password")));
        QVERIFY(t.latency.isEmpty());
    }

    void aTryThatIsDueIsNotPromised()
    {
        TileFacts f = facts(live::TileState::Offline);
        f.receiver.nextTry = f.now - 1ms;
        QVERIFY(describeTile(f).nextTry.isEmpty());
    }

    void connectingNeverIsWordless()
    {
        for (auto stage : {protocol::StageState::Idle, protocol::StageState::Starting, protocol::StageState::Running,
                           protocol::StageState::Waiting, protocol::StageState::Stopped}) {
            TileFacts f = facts(live::TileState::Connecting);
            f.receiver.stage = stage;
            const TileText t = describeTile(f);
            QCOMPARE(t.headline, QStringLiteral("Connecting"));
            QVERIFY(!t.cause.isEmpty());
        }
        TileFacts f = facts(live::TileState::Connecting);
        f.receiver = {};
        QVERIFY(!describeTile(f).cause.isEmpty());
    }

    void everyStateLooksItsOwn()
    {
        for (const Theme *theme : {&Theme::dark(), &Theme::light()}) {
            QList<QImage> seen;
            for (auto state : {live::TileState::Connecting, live::TileState::Live, live::TileState::Unchanged, live::TileState::Stale, live::TileState::Offline}) {
                TileView view;
                view.text = describeTile(facts(state));
                const QImage image = painted(view, QSize(430, 286), *theme);
                QVERIFY(!seen.contains(image));
                seen << image;
            }
        }
    }

    void staleIsTheLoudest()
    {
        TileView view;
        view.text = describeTile(facts(live::TileState::Stale));
        view.picture = QImage(430, 242, QImage::Format_RGB32);
        view.picture.fill(Qt::gray);
        const QImage image = painted(view, QSize(430, 286), Theme::dark());
        QVERIFY(countColor(image, Theme::dark().color(Token::Stale)) > 40);
        view.text = describeTile(facts(live::TileState::Live));
        QCOMPARE(countColor(painted(view, QSize(430, 286), Theme::dark()), Theme::dark().color(Token::Stale)), 0);
    }

    void pictureIsOutsideTheBar()
    {
        TileView view;
        view.text = describeTile(facts(live::TileState::Live));
        view.picture = QImage(320, 180, QImage::Format_RGB32);
        view.picture.fill(Qt::white);
        const QImage image = painted(view, QSize(320, 206), Theme::dark());
        QCOMPARE(countColor(image, Qt::white), 320 * 180); // not one pixel of it is covered
    }

    void noSizeBreaksAnything()
    {
        for (auto state : {live::TileState::Connecting, live::TileState::Live, live::TileState::Unchanged, live::TileState::Stale, live::TileState::Offline}) {
            for (int width : {1, 20, 90, 130, 199, 240, 900}) {
                for (int height : {1, 15, 40, 120, 600}) {
                    TileView view;
                    TileFacts f = facts(state);
                    f.receiver.nextTry = f.now + 5s;
                    view.text = describeTile(f);
                    view.selected = view.focused = true;
                    view.level = OverlayLevel::Engineering;
                    view.engineering = QStringLiteral("a\nb");
                    painted(view, QSize(width, height), Theme::dark());
                    view.picture = QImage(16, 9, QImage::Format_RGB32);
                    view.picture.fill(0);
                    painted(view, QSize(width, height), Theme::light());
                }
            }
        }
    }

    void offlineOffersToTryNow()
    {
        QFont body;
        body.setPixelSize(13);
        TileFacts f = facts(live::TileState::Offline);
        f.receiver.nextTry = f.now + 5s;
        TileView view;
        view.text = describeTile(f);
        const QRect tile(0, 0, 430, 286);
        const QRect button = tileGeometry(tile, view, wallMetrics(1, body), body).tryNow;
        QVERIFY(!button.isEmpty());
        QVERIFY(tile.contains(button));
        view.text = describeTile(facts(live::TileState::Live));
        QVERIFY(tileGeometry(tile, view, wallMetrics(1, body), body).tryNow.isEmpty());
    }
};

QTEST_MAIN(TestTileFacts)
#include "tst_tile_facts.moc"
