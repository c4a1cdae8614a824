// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/player.h"

#include "core/recordings/folder_source.h"
#include "core/recordings/library.h"
#include "tests/core/recordings/recording_tree.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include <atomic>
#include <map>
#include <mutex>

using namespace vedette;
using namespace vedette::recordings;
using test::kRecorded;

namespace {

constexpr microseconds kInterval{50'000};
const RecordingLane kGate{QStringLiteral("gate")};
const RecordingLane kYard{QStringLiteral("yard")};

/// What each lane has shown.
struct Seen {
    std::uint64_t number = 0;
    UtcTime captured{};
    UtcTime position{};
    int width = 0;
};

class Bench {
public:
    explicit Bench(const test::RecordingTree &tree) : library(clock), player(library, clock)
    {
        library.add(std::make_shared<FolderSource>(tree.path(), clock));
        QObject::connect(&player, &Player::frameReady, &player, [this](const RecordingLane &lane) {
            if (const auto frame = player.take(lane))
                seen[lane].push_back({frame->capture->sequence, frame->capture->captured, player.position(), frame->width});
        });
    }
    /// The number of the last picture shown; -1: none.
    int number(const RecordingLane &lane) const { return seen.count(lane) && !seen.at(lane).empty() ? static_cast<int>(seen.at(lane).back().number) : -1; }
    bool paused(const RecordingLane &lane) const { return player.state(lane).kind == LaneState::Kind::Paused; }
    std::vector<int> numbers(const RecordingLane &lane) const
    {
        std::vector<int> out;
        for (const Seen &each : seen.count(lane) ? seen.at(lane) : std::vector<Seen>{})
            out.push_back(static_cast<int>(each.number));
        return out;
    }

    SystemClock clock;
    Library library;
    Player player;
    std::map<RecordingLane, std::vector<Seen>> seen;
};

UtcTime at(int number)
{
    return kRecorded + number * kInterval;
}

/// In order, none twice, and most of them (a busy machine leaves some out); says where it is not so.
bool inOrder(const std::vector<int> &numbers, int step)
{
    int left = 0;
    for (std::size_t i = 1; i < numbers.size(); ++i) {
        const int apart = (numbers[i] - numbers[i - 1]) * step;
        left += apart - 1;
        if (apart < 1) {
            qWarning("picture %d comes after %d", numbers[i], numbers[i - 1]);
            return false;
        }
    }
    if (left > static_cast<int>(numbers.size()))
        qWarning("%d of %d are left out", left, left + static_cast<int>(numbers.size()));
    return left <= static_cast<int>(numbers.size());
}

} // namespace

class TestPlayer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void showsTheExactPicture()
    {
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 100, .gop = 25}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate});
        for (const int wanted : {60, 0, 99, 24, 25, 26, 74}) {
            bench.player.seek(at(wanted) + milliseconds{30});
            QTRY_COMPARE_WITH_TIMEOUT(bench.number(kGate), wanted, 3'000);
            QTRY_VERIFY(bench.paused(kGate));
            QCOMPARE(bench.player.state(kGate).skew, microseconds{30'000});
            QCOMPARE(bench.player.position(), at(wanted) + milliseconds{30});
        }
        QVERIFY(bench.player.state(kGate).source.contains(tree.path()));
    }

    void stepsBothWays()
    {
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 60, .gop = 20}).isEmpty());
        QVERIFY(!tree.add(kGate.camera, {.count = 60, .gop = 20, .from = at(60), .firstNumber = 60}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate});
        bench.player.seek(at(62));
        QTRY_COMPARE(bench.number(kGate), 62);
        for (int wanted = 61; wanted >= 36; --wanted) {
            bench.player.step(-1);
            QTRY_COMPARE(bench.number(kGate), wanted);
            QTRY_COMPARE(bench.player.position(), at(wanted));
        }
        for (int wanted = 37; wanted < 64; ++wanted) {
            bench.player.step(1);
            QTRY_COMPARE(bench.number(kGate), wanted);
        }
        bench.player.step(-5);
        QTRY_COMPARE(bench.number(kGate), 58);
        bench.player.seek(at(0));
        QTRY_COMPARE(bench.number(kGate), 0);
        QSignalSpy moved(&bench.player, &Player::positionChanged);
        bench.player.step(-1);
        QVERIFY(moved.wait());
        QCOMPARE(bench.number(kGate), 0);
    }

    /// In order over the border of two files, and each when it is due.
    void playsOverABorder()
    {
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 40, .gop = 20}).isEmpty());
        QVERIFY(!tree.add(kGate.camera, {.count = 40, .gop = 20, .from = at(40), .firstNumber = 40}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate});
        bench.player.seek(at(20));
        QTRY_COMPARE(bench.number(kGate), 20);
        bench.seen.clear();
        bench.player.setRate(0.5); // a busy machine has time for each
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) >= 60, 8'000);
        bench.player.pause();
        const auto numbers = bench.numbers(kGate);
        QVERIFY(inOrder(numbers, 1));
        for (const Seen &each : bench.seen[kGate])
            QVERIFY2(each.position - each.captured < milliseconds{300}, qPrintable(QString::number((each.position - each.captured).count())));
    }

    void playsBackwards()
    {
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 40, .gop = 20}).isEmpty());
        QVERIFY(!tree.add(kGate.camera, {.count = 40, .gop = 20, .from = at(40), .firstNumber = 40}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate});
        bench.player.seek(at(60));
        QTRY_COMPARE(bench.number(kGate), 60);
        bench.seen.clear();
        bench.player.setRate(-0.5);
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) <= 20 && bench.number(kGate) >= 0, 8'000);
        bench.player.pause();
        QVERIFY(inOrder(bench.numbers(kGate), -1));
        // And forward again from there.
        const int turned = bench.number(kGate);
        bench.seen.clear();
        bench.player.setRate(0.5);
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) >= turned + 10, 5'000);
        QVERIFY(inOrder(bench.numbers(kGate), 1));
    }

    void showsKeyFramesOnlyWhenFast_data()
    {
        QTest::addColumn<double>("rate");
        QTest::newRow("forward") << 16.0;
        QTest::newRow("backward") << -16.0;
    }
    void showsKeyFramesOnlyWhenFast()
    {
        QFETCH(double, rate);
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 800, .gop = 20, .width = 160, .height = 96}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate});
        bench.player.seek(rate > 0 ? at(5) : at(795));
        QTRY_VERIFY(bench.paused(kGate));
        bench.seen.clear();
        bench.player.setRate(rate);
        bench.player.play();
        QTRY_VERIFY(bench.player.state(kGate).keyFramesOnly);
        const int last = rate > 0 ? 700 : 100;
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) >= 0 && (rate > 0 ? bench.number(kGate) >= last : bench.number(kGate) <= last), 8'000);
        const auto numbers = bench.numbers(kGate);
        QVERIFY2(numbers.size() >= 15, qPrintable(QString::number(numbers.size())));
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            QCOMPARE(numbers[i] % 20, 0);
            QVERIFY(i == 0 || (rate > 0 ? numbers[i] > numbers[i - 1] : numbers[i] < numbers[i - 1]));
        }
        bench.player.pause(); // and then the exact one
        QTRY_VERIFY(bench.paused(kGate) && !bench.player.state(kGate).preview);
        QTRY_COMPARE(at(bench.number(kGate)), at(static_cast<int>((bench.player.position() - kRecorded) / kInterval)));
    }

    /// All lanes show the same moment, within one frame interval.
    void keepsLanesTogether()
    {
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 60, .gop = 20}).isEmpty());
        QVERIFY(!tree.add(kYard.camera, {.count = 60, .gop = 10, .from = kRecorded + milliseconds{20}, .firstNumber = 1000}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate, kYard});
        bench.player.seek(at(10) + milliseconds{45});
        QTRY_COMPARE(bench.number(kGate), 10);
        QTRY_COMPARE(bench.number(kYard), 1010);
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) >= 45 && bench.number(kYard) >= 1045, 5'000);
        bench.player.pause();
        const auto stood = static_cast<int>((bench.player.position() - kRecorded) / kInterval);
        const auto stoodYard = 1000 + static_cast<int>((bench.player.position() - kRecorded - milliseconds{20}) / kInterval);
        QTRY_COMPARE(bench.number(kGate), std::min(stood, 59));
        QTRY_COMPARE(bench.number(kYard), std::min(stoodYard, 1059));
        bench.player.seek(at(30) + milliseconds{1});
        QTRY_COMPARE(bench.number(kGate), 30);
        bench.player.step(1); // of the first lane; the other follows
        const int stepped = bench.number(kGate) + 1;
        QTRY_COMPARE(bench.number(kGate), stepped);
        QTRY_COMPARE(bench.number(kYard), 1000 + stepped - 1);
    }

    void skipsWhatNoLaneHas()
    {
        const test::RecordingTree tree;
        const UtcTime later = kRecorded + std::chrono::hours{1};
        QVERIFY(!tree.add(kGate.camera, {.count = 20, .gop = 20}).isEmpty());
        QVERIFY(!tree.add(kGate.camera, {.count = 40, .gop = 20, .from = later, .firstNumber = 500}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate, kYard});
        bench.player.seek(at(10));
        QTRY_COMPARE(bench.number(kGate), 10);
        QTRY_VERIFY(bench.player.state(kYard).kind == LaneState::Kind::Gap);
        QSignalSpy states(&bench.player, &Player::stateChanged);
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) >= 510, 5'000);
        QVERIFY(bench.player.position() >= later);
        bench.player.pause();
        bench.player.seek(kRecorded + std::chrono::minutes{30});
        QTRY_VERIFY(bench.player.state(kGate).kind == LaneState::Kind::Gap);
        QCOMPARE(bench.player.state(kGate).until, std::optional(later));
        bench.player.setRate(-1);
        bench.player.seek(later + milliseconds{300});
        QTRY_COMPARE(bench.number(kGate), 506);
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) < 15, 5'000);
    }

    void loopsARange()
    {
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 60, .gop = 20}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate});
        bench.player.setLoop(std::pair{at(20), at(28)});
        bench.player.seek(at(20));
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(std::count_if(bench.seen[kGate].begin(), bench.seen[kGate].end(), [](const Seen &each) { return each.number == 27; }) >= 3, 6'000);
        for (const Seen &each : bench.seen[kGate])
            QVERIFY(each.number >= 20 && each.number < 28);
    }

    /// While somebody drags, each moment's key frame is shown soon and the last one exactly; nothing queues.
    void newestSeekWins()
    {
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 400, .gop = 100}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate});
        int dragged = 0;
        QTimer hand;
        hand.setInterval(5);
        QObject::connect(&hand, &QTimer::timeout, &bench.player, [&] {
            bench.player.seek(at(5 * dragged + 99));
            if (++dragged == 60)
                hand.stop();
        });
        hand.start();
        QTRY_COMPARE(dragged, 60);
        QElapsedTimer timer;
        timer.start();
        QTRY_COMPARE(bench.number(kGate), 394);
        QVERIFY2(timer.elapsed() < 1'000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY2(bench.seen[kGate].size() > 4, qPrintable(QString::number(bench.seen[kGate].size())));
    }

    /// Another size, another run, overlapping files: it plays on.
    void playsThroughWhateverChanges()
    {
        const test::RecordingTree tree;
        QVERIFY(!tree.add(kGate.camera, {.count = 20, .gop = 20}).isEmpty());
        QVERIFY(!tree.add(kGate.camera, {.count = 40, .gop = 20, .width = 640, .height = 352, .from = at(20), .firstNumber = 20}).isEmpty());
        QVERIFY(!tree.add(kGate.camera, {.count = 40, .gop = 10, .from = at(40), .firstNumber = 40, .run = 9}).isEmpty());
        Bench bench(tree);
        bench.player.setLanes({kGate});
        bench.player.setRate(0.5);
        bench.player.seek(at(5));
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) >= 75, 12'000);
        QVERIFY(inOrder(bench.numbers(kGate), 1));
        bool large = false;
        for (const Seen &each : bench.seen[kGate])
            large = large || each.width == 640;
        QVERIFY(large);
    }

    void takesAnotherCopyWhenOneFails()
    {
        const test::RecordingTree torn;
        const test::RecordingTree whole;
        const QByteArray bytes = test::segmentOf(test::recordedPictures({.count = 80, .gop = 20}));
        QByteArray broken = bytes;
        std::fill(broken.begin() + bytes.size() / 3, broken.begin() + bytes.size() * 2 / 3, '\0');
        QVERIFY(!torn.add(kGate.camera, kRecorded, broken).isEmpty());
        QVERIFY(!whole.add(kGate.camera, kRecorded, bytes).isEmpty());
        Bench bench(torn);
        bench.library.add(std::make_shared<FolderSource>(whole.path(), bench.clock));
        bench.player.setLanes({kGate});
        bench.player.seek(at(0));
        QTRY_COMPARE(bench.number(kGate), 0);
        bench.player.setRate(0.5);
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) >= 78, 15'000);
        const auto numbers = bench.numbers(kGate);
        QVERIFY(inOrder(numbers, 1));
        // The pictures that are missing in one came out of the other.
        QVERIFY(std::count_if(numbers.begin(), numbers.end(), [](int number) { return number >= 32 && number < 48; }) >= 4);
        bench.player.pause();
        bench.player.seek(at(45));
        QTRY_COMPARE(bench.number(kGate), 45);
    }

    /// What belongs to the pictures is heard with them, and nothing at another speed.
    void givesTheSoundOfOneLane()
    {
        const test::RecordingTree tree;
        const QString path = tree.add(kGate.camera, kRecorded, {});
        QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=size=160x96:rate=20:duration=6 -f lavfi -i sine=duration=6 -c:a aac "
                                              "-c:v libx264 -preset ultrafast -g 20 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov+default_base_moof"), path));
        Bench bench(tree);
        struct Heard {
            UtcTime captured{};
            MonoTime due{};
            int peak = 0;
        };
        std::mutex mutex;
        std::vector<Heard> heard;
        std::atomic<int> cuts = 0;
        SoundSink sink;
        sink.put = [&](const media::Sound &sound, MonoTime due) {
            const std::lock_guard lock(mutex);
            heard.push_back({sound.capture->captured, due, *std::max_element(sound.samples.begin(), sound.samples.end())});
        };
        sink.cut = [&] { ++cuts; };
        const auto count = [&] {
            const std::lock_guard lock(mutex);
            return heard.size();
        };
        bench.player.setLanes({kGate});
        bench.player.setSound(kGate, sink);
        bench.player.seek(kRecorded + milliseconds{1'000});
        QTRY_VERIFY(bench.paused(kGate));
        QCOMPARE(count(), std::size_t{0});
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(count() > 60, 5'000);
        const UtcTime position = bench.player.position();
        const MonoTime now = bench.clock.now();
        bench.player.pause();
        QTRY_VERIFY(cuts == 1);
        {
            const std::lock_guard lock(mutex);
            for (const Heard &each : heard) {
                QVERIFY(std::chrono::abs((each.due - now) - (each.captured - position)) < milliseconds{2});
                QVERIFY(each.captured > kRecorded + milliseconds{800});
            }
            QVERIFY(std::any_of(heard.begin(), heard.end(), [](const Heard &each) { return each.peak > 1000; }));
        }
        const std::size_t before = count();
        bench.player.setRate(2);
        bench.player.play();
        QTRY_VERIFY_WITH_TIMEOUT(bench.player.position() > position + milliseconds{600}, 5'000);
        QCOMPARE(count(), before);
    }

    /// A file that is still written is shown as far as it has come, and followed, at most two seconds behind.
    void followsTheLiveEdge()
    {
        const test::RecordingTree tree;
        const SystemClock clock;
        const UtcTime from = std::chrono::floor<std::chrono::seconds>(clock.utcNow() - milliseconds{2'500});
        const auto stream = test::recordedPictures({.count = 260, .gop = 20, .width = 160, .height = 96, .from = from});
        QByteArray whole;
        std::vector<std::pair<UtcTime, qsizetype>> fragments; // when each is there, and how far the file then goes
        auto muxer = media::SegmentMuxer::open(stream.info, [&whole](std::span<const std::uint8_t> bytes) {
            whole.append(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
            return Status();
        });
        QVERIFY(muxer);
        for (std::size_t i = 0; i < stream.packets.size(); ++i) {
            QVERIFY((*muxer)->write(stream.packets[i]));
            if (i % 10 == 0 && i > 0) {
                QVERIFY((*muxer)->flushFragment());
                fragments.emplace_back(stream.packets[i]->capture->captured, whole.size());
            }
        }
        qsizetype written = 0;
        QFile file;
        const auto write = [&] {
            for (const auto &[due, end] : fragments) {
                if (due <= clock.utcNow() && end > written) {
                    file.write(whole.mid(written, end - written));
                    file.flush();
                    written = end;
                }
            }
        };
        file.setFileName(tree.add(kGate.camera, from, {}));
        QVERIFY(file.open(QIODevice::WriteOnly));
        write();
        QTimer recorder;
        QObject::connect(&recorder, &QTimer::timeout, &recorder, write);
        recorder.start(20);

        Bench bench(tree);
        bench.player.setLanes({kGate});
        bench.player.seek(clock.utcNow());
        QTRY_VERIFY(bench.number(kGate) >= 0);
        bench.player.play();
        const int begun = bench.number(kGate);
        QTRY_VERIFY_WITH_TIMEOUT(bench.number(kGate) >= begun + 120, 12'000);
        QVERIFY(clock.utcNow() - bench.player.position() < std::chrono::seconds{2});
        const auto numbers = bench.numbers(kGate);
        QVERIFY(std::is_sorted(numbers.begin(), numbers.end()));
        QVERIFY2(numbers.size() >= 20, qPrintable(QString::number(numbers.size())));
        recorder.stop(); // and where nothing more is recorded, that is said
        QTRY_VERIFY_WITH_TIMEOUT(bench.player.state(kGate).kind == LaneState::Kind::AtLiveEdge, 5'000);
        const UtcTime stood = bench.player.position();
        QVERIFY(bench.player.state(kGate).shown && *bench.player.state(kGate).shown <= stood);
    }

    void saysThatNothingIsThere()
    {
        const test::RecordingTree tree;
        Bench bench(tree);
        bench.player.setLanes({kGate});
        bench.player.seek(at(0));
        QTRY_VERIFY(bench.player.state(kGate).kind == LaneState::Kind::Gap);
        QVERIFY(!bench.player.state(kGate).until);
        QSignalSpy moved(&bench.player, &Player::positionChanged);
        bench.player.play();
        QVERIFY(moved.wait());
        QVERIFY(!bench.player.take(kGate));
    }

    void manyLanesComeAndGo()
    {
        const test::RecordingTree tree;
        QList<RecordingLane> lanes;
        for (int i = 0; i < 18; ++i) {
            lanes.append(RecordingLane{QStringLiteral("cam%1").arg(i)});
            QVERIFY(!tree.add(lanes.back().camera, {.count = 40, .gop = 20, .width = 160, .height = 96}).isEmpty());
        }
        Bench bench(tree);
        bench.player.setLanes(lanes);
        QCOMPARE(bench.player.lanes().size(), 16);
        bench.player.seek(at(30));
        for (int i = 0; i < 16; ++i)
            QTRY_COMPARE(bench.number(lanes[i]), 30);
        bench.player.setLanes(lanes.mid(2));
        QTRY_COMPARE(bench.number(lanes[17]), 30);
        bench.player.play();
        bench.player.setLanes({lanes[3]});
        QTRY_COMPARE_WITH_TIMEOUT(bench.number(lanes[3]), 39, 3'000);
        bench.player.setLanes({});
        QVERIFY(!bench.player.take(lanes[3]));
    }
};

QTEST_GUILESS_MAIN(TestPlayer)
#include "tst_player.moc"
