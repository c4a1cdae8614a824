// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/path_ladder.h"

#include <QTest>

using namespace vedette;
using namespace vedette::live;

namespace {

const QString kRelay = QStringLiteral("rtsp://relay:8554/gate");
const QString kDirect = QStringLiteral("http://pi-1:8083/live/gate/main.ts");
const StreamPath kRelayPath{kRelay, PathKind::Relay};
const StreamPath kDirectPath{kDirect, PathKind::Direct};
constexpr MonoTime kNow = monoFromMicros(1'000'000'000);

PathLadder ladder()
{
    PathLadder made;
    made.setPaths({kRelay, kDirect});
    return made;
}

} // namespace

class tst_PathLadder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void kinds_data();
    void kinds();
    void emptyLadderOffersNothing();
    void bestFirst();
    void failureMovesDownAndComesBack();
    void allWaiting();
    void backoffGrowsAndIsCapped();
    void deniedWaitsLong();
    void successForgetsFailures();
    void retryNowMakesAllDue();
    void betterPathOnlyAboveTheCurrentOne();
    void unknownCurrentIsWorseThanAll();
    void newListKeepsBackoffOfWhatStays();
    void doublesAndEmptyOnesAreLeftOut();
};

void tst_PathLadder::kinds_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<PathKind>("kind");
    QTest::addColumn<bool>("file");
    QTest::newRow("rtsp") << kRelay << PathKind::Relay << false;
    QTest::newRow("upper case") << QStringLiteral("RTSP://h/x") << PathKind::Relay << false;
    QTest::newRow("rtsps") << QStringLiteral("rtsps://h/x") << PathKind::Relay << false;
    QTest::newRow("srt") << QStringLiteral("srt://h:9000") << PathKind::Relay << false;
    QTest::newRow("rtmp") << QStringLiteral("rtmp://h/x") << PathKind::Relay << false;
    QTest::newRow("http") << kDirect << PathKind::Direct << false;
    QTest::newRow("https") << QStringLiteral("https://pi-1/live/a/main.ts") << PathKind::Direct << false;
    QTest::newRow("mjpeg") << QStringLiteral("http://pi-1:8083/live/gate/main.mjpg") << PathKind::Mjpeg << false;
    QTest::newRow("mjpeg with a rate") << QStringLiteral("https://cam/a.MJPEG?fps=2") << PathKind::Mjpeg << false;
    QTest::newRow("single picture") << QStringLiteral("http://pi-1:8083/live/gate/main.jpg") << PathKind::Snapshot << false;
    QTest::newRow("only the query says so") << QStringLiteral("http://pi-1/video?file=a.jpg") << PathKind::Direct << false;
    QTest::newRow("udp") << QStringLiteral("udp://127.0.0.1:5000") << PathKind::Other << false;
    QTest::newRow("path") << QStringLiteral("/srv/clip.mp4") << PathKind::Other << true;
    QTest::newRow("relative path") << QStringLiteral("rtsp/clip.mp4") << PathKind::Other << true;
    QTest::newRow("file url") << QStringLiteral("file:///srv/clip.mp4") << PathKind::Other << true;
    QTest::newRow("empty") << QString() << PathKind::Other << true;
}

void tst_PathLadder::kinds()
{
    QFETCH(QString, url);
    QTEST(pathKindOf(url), "kind");
    QTEST(isLocalFile(url), "file");
}

void tst_PathLadder::emptyLadderOffersNothing()
{
    const PathLadder made;
    QVERIFY(made.isEmpty());
    QVERIFY(!made.next(kNow));
    QVERIFY(!made.nextTry(kNow));
    QVERIFY(!made.betterThan(kDirectPath, kNow));
    QVERIFY(!made.nextBetterTry(kDirectPath));
}

void tst_PathLadder::bestFirst()
{
    const PathLadder made = ladder();
    QVERIFY(made.next(kNow) == kRelayPath);
    QVERIFY(made.next(kNow, &kRelayPath) == kDirectPath);
    QVERIFY(!made.nextTry(kNow)); // something is due already
    QVERIFY(made.isBetter(kRelayPath, kDirectPath));
    QVERIFY(!made.isBetter(kDirectPath, kRelayPath));
    QVERIFY(!made.isBetter(kRelayPath, kRelayPath));
}

void tst_PathLadder::failureMovesDownAndComesBack()
{
    PathLadder made = ladder();
    made.failed(kRelayPath, kNow);
    QVERIFY(made.next(kNow) == kDirectPath);
    const auto due = made.nextBetterTry(kDirectPath);
    QVERIFY(due && *due > kNow && *due <= kNow + PathLadder::kBackoffBase);
    QVERIFY(!made.betterThan(kDirectPath, *due - microseconds{1}));
    QVERIFY(made.betterThan(kDirectPath, *due) == kRelayPath);
    QVERIFY(made.next(*due) == kRelayPath);
}

void tst_PathLadder::allWaiting()
{
    PathLadder made = ladder();
    made.failed(kRelayPath, kNow);
    made.failed(kDirectPath, kNow + milliseconds{2000});
    const MonoTime later = kNow + milliseconds{2000};
    QVERIFY(made.next(later) == kRelayPath); // its time has come again
    made.failed(kRelayPath, later);
    QVERIFY(!made.next(later));
    const auto due = made.nextTry(later);
    QVERIFY(due && *due > later);
    QVERIFY(made.next(*due));
}

void tst_PathLadder::backoffGrowsAndIsCapped()
{
    PathLadder made = ladder();
    MonoTime now = kNow;
    for (int failure = 0; failure < 40; ++failure) {
        made.failed(kRelayPath, now);
        const auto wait = *made.nextBetterTry(kDirectPath) - now;
        const auto full = std::min<microseconds>(PathLadder::kBackoffBase * (1LL << std::min(failure, 20)), PathLadder::kBackoffCap);
        QVERIFY2(wait >= full / 2 - milliseconds{1} && wait <= full, qPrintable(QString::number(failure)));
        now += wait;
    }
}

void tst_PathLadder::deniedWaitsLong()
{
    PathLadder made = ladder();
    made.failed(kRelayPath, kNow, ErrorKind::Denied);
    QVERIFY(*made.nextBetterTry(kDirectPath) >= kNow + PathLadder::kDeniedPause);
}

void tst_PathLadder::successForgetsFailures()
{
    PathLadder made = ladder();
    for (int i = 0; i < 10; ++i)
        made.failed(kRelayPath, kNow);
    made.succeeded(kRelayPath);
    QVERIFY(made.next(kNow) == kRelayPath);
    made.failed(kRelayPath, kNow);
    QVERIFY(*made.nextBetterTry(kDirectPath) <= kNow + PathLadder::kBackoffBase);
}

void tst_PathLadder::retryNowMakesAllDue()
{
    PathLadder made = ladder();
    made.failed(kRelayPath, kNow, ErrorKind::Denied);
    made.failed(kDirectPath, kNow);
    QVERIFY(!made.next(kNow));
    made.retryNow();
    QVERIFY(made.next(kNow) == kRelayPath);
    QVERIFY(made.betterThan(kDirectPath, kNow) == kRelayPath);
}

void tst_PathLadder::betterPathOnlyAboveTheCurrentOne()
{
    const PathLadder made = ladder();
    QVERIFY(!made.betterThan(kRelayPath, kNow));
    QVERIFY(!made.nextBetterTry(kRelayPath));
}

void tst_PathLadder::unknownCurrentIsWorseThanAll()
{
    const PathLadder made = ladder();
    const StreamPath gone{QStringLiteral("rtsp://old/gate"), PathKind::Relay};
    QVERIFY(!made.contains(gone));
    QVERIFY(made.betterThan(gone, kNow) == kRelayPath);
    PathLadder same = made;
    same.failed(gone, kNow);
    same.succeeded(gone);
    QVERIFY(same.next(kNow) == kRelayPath);
}

void tst_PathLadder::newListKeepsBackoffOfWhatStays()
{
    PathLadder made = ladder();
    made.failed(kRelayPath, kNow);
    made.setPaths({QStringLiteral("rtsp://other/gate"), kRelay});
    QVERIFY(!made.contains(kDirectPath));
    QCOMPARE(made.next(kNow)->url, QStringLiteral("rtsp://other/gate"));
    const StreamPath other = *made.next(kNow);
    made.failed(other, kNow, ErrorKind::Denied);
    QVERIFY(!made.next(kNow)); // the relay still waits
}

void tst_PathLadder::doublesAndEmptyOnesAreLeftOut()
{
    PathLadder made;
    made.setPaths({QString(), kDirect, kDirect});
    made.failed(kDirectPath, kNow);
    QVERIFY(!made.next(kNow));
    made.setPaths({QString()});
    QVERIFY(made.isEmpty());
}

QTEST_GUILESS_MAIN(tst_PathLadder)
#include "tst_path_ladder.moc"
