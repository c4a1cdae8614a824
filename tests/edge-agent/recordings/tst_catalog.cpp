// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog.h"

#include "core/store/database.h"
#include "edge-agent/recordings/segment_recovery.h"
#include "tests/edge-agent/recordings/recorder_fixture.h"
#include "tests/edge-agent/recordings/recording_folder.h"
#include "tests/support/manual_clock.h"
#include "tests/support/process.h"

#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <atomic>
#include <cstdio>
#include <future>
#include <random>

using namespace vedette;
using namespace vedette::agent;
using protocol::Coverage;
using protocol::GapReason;
using protocol::Recording;
using protocol::RecordingPage;
using protocol::RecordingState;
using std::chrono::seconds;
using test::bytesSegment;

namespace {

const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};
constexpr std::string_view kNoMigrations[] = {"", "", ""};

CatalogConfig configOf(const QString &folder, const Clock &clock, const QString &boot = QStringLiteral("boot-1"))
{
    return {folder, {kGate}, boot, [&clock] { return LedgerTime{clock.now(), clock.utcNow(), clock.sync().synchronized}; }, test::recoverBytes, {}};
}

QString gapsOf(const Coverage &coverage)
{
    QStringList out;
    for (const auto &span : coverage.spans)
        out.append(span.gap ? toString(*span.gap) : toString(span.custody));
    return out.join(u' ');
}

SegmentRecovery recovery()
{
    return [](const QString &file, const protocol::SegmentName &name) { return recoverSegment(linuxSegmentDisk(), file, name); };
}

/// Tells the catalog, and then the test, what is in the kernel's hands.
class SayingSink final : public RecorderSink {
public:
    explicit SayingSink(Catalog &catalog) : m_catalog(catalog) {}
    void segmentOpened(const RecordedSegment &segment) override { m_catalog.segmentOpened(segment); }
    void segmentProgressed(const RecordedSegment &segment) override
    {
        m_catalog.segmentProgressed(segment);
        say("progressed", segment);
    }
    void segmentFinished(const RecordedSegment &segment, bool complete) override
    {
        m_catalog.segmentFinished(segment, complete);
        say("finished", segment);
    }
    void gapBegan(const RecordingLane &lane, UtcTime from, GapReason reason) override { m_catalog.gapBegan(lane, from, reason); }

private:
    static void say(const char *what, const RecordedSegment &segment)
    {
        std::printf("%s %s %llu\n", what, qPrintable(segment.name.path()), static_cast<unsigned long long>(segment.frames));
        std::fflush(stdout);
    }
    Catalog &m_catalog;
};

/// The child of the kill test: a real recorder of segments of 2 s, from that picture on, until it is killed.
int recordUntilKilled(const QString &folder, int first)
{
    const test::PictureStream pictures;
    test::ManualClock clock; // begins with the first picture
    clock.advance(test::PictureStream::captured(first) - clock.utcNow());
    CatalogConfig config = configOf(folder, clock);
    config.recover = recovery();
    auto catalog = Catalog::open(config);
    if (!catalog)
        return 1;
    SayingSink sink(**catalog);
    const auto tee = std::make_shared<media::PacketTee>();
    tee->setInfo(pictures.info);
    Recorder::Options options;
    options.lane = kGate;
    options.length = seconds{2};
    options.stage = [](protocol::StageState, const QString &, std::optional<milliseconds>) {};
    Recorder recorder(std::move(options), {linuxSegmentDisk(), clock, folder}, tee, sink);
    recorder.start();
    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, &timer, [&, n = first]() mutable {
        tee->write(pictures.picture(n++, static_cast<std::uint64_t>(first) + 1));
        clock.advance(milliseconds{50});
    });
    timer.start(milliseconds{2});
    return QCoreApplication::exec();
}

} // namespace

class TestCatalog : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    test::ManualClock m_clock;
    UtcTime m_zero;

    QString database() const { return m_dir->filePath(QLatin1String(Catalog::kFileName)); }
    std::unique_ptr<Catalog> open(const QString &boot = QStringLiteral("boot-1"))
    {
        auto catalog = Catalog::open(configOf(m_dir->path(), m_clock, boot));
        if (!catalog)
            qFatal("%s", qPrintable(catalog.error().text()));
        return std::move(*catalog);
    }
    std::chrono::sys_seconds second() const { return std::chrono::floor<seconds>(m_clock.utcNow()); }
    static Coverage coverage(Catalog &catalog, UtcTime from, UtcTime to)
    {
        const auto told = test::answerOf<Coverage>([&](auto answer) { catalog.coverage(kGate, from, to, answer); });
        if (!told)
            qFatal("%s", qPrintable(told.error().text()));
        return *told;
    }
    QString account(Catalog &catalog) { return gapsOf(coverage(catalog, m_zero, m_clock.utcNow() + seconds{1})); }
    /// Ten seconds in a real file.
    RecordedSegment record(Catalog &catalog)
    {
        RecordedSegment segment = bytesSegment(kGate.camera, second());
        if (!test::writeFile(m_dir->filePath(segment.name.path()), QByteArray(100, 'p')))
            qFatal("the file cannot be written");
        catalog.segmentOpened(segment);
        m_clock.advance(seconds{10});
        segment = bytesSegment(kGate.camera, *segment.name.start, 100);
        catalog.segmentFinished(segment, true);
        return segment;
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_zero = m_clock.utcNow();
    }

    void whatIsToldIsKnownAtOnce()
    {
        auto catalog = open();
        catalog->gapBegan(kGate, m_zero, GapReason::Starting);
        m_clock.advance(seconds{1});
        RecordedSegment segment = bytesSegment(kGate.camera, second());
        catalog->segmentOpened(segment);
        m_clock.advance(seconds{10});
        segment = bytesSegment(kGate.camera, *segment.name.start, 95);
        catalog->segmentProgressed(segment);
        const Coverage told = coverage(*catalog, m_zero, UtcTime::max());
        QCOMPARE(gapsOf(told), QStringLiteral("starting on_edge"));
        QVERIFY(told.to == segment.to);
        const auto page = test::answerOf<RecordingPage>([&](auto answer) { catalog->recordings(kGate, {}, {}, {}, 10, answer); });
        QCOMPARE(page->recordings.size(), 1);
        QCOMPARE(page->recordings.first().frames, 95);
        QVERIFY(page->recordings.first().state == RecordingState::Open);
        QVERIFY(page->next.isEmpty());
        // It ends before the span, or reaches into it only by what its recorder said since.
        const auto in = [&](UtcTime from) {
            return test::answerOf<RecordingPage>([&](auto answer) { catalog->recordings(kGate, from, UtcTime::max(), {}, 10, answer); })->recordings.size();
        };
        QCOMPARE(in(segment.to), 0);
        QCOMPARE(in(segment.to - microseconds{1}), 1);
        catalog->segmentFinished(segment, true);
        const auto row = test::answerOf<Recording>([&](auto answer) { catalog->segment(segment.name, answer); });
        QVERIFY(row->state == RecordingState::Finished);
        const auto none = test::answerOf<Recording>([&](auto answer) { catalog->segment(bytesSegment(QStringLiteral("yard"), second()).name, answer); });
        QVERIFY(none.error().kind == ErrorKind::NotFound);
        const auto behind = test::answerOf<RecordingPage>([&](auto answer) { catalog->recordings(kGate, {}, {}, QStringLiteral("gate-20200101T000000"), 10, answer); });
        QVERIFY(behind.error().kind == ErrorKind::NotFound && behind.error().detail.contains(QLatin1String("after")));
    }

    void whyItWasAway_data()
    {
        QTest::addColumn<bool>("clean");
        QTest::addColumn<QString>("boot");
        QTest::addColumn<QString>("reason");
        QTest::newRow("stopped") << true << QStringLiteral("boot-1") << QStringLiteral("agent_stopped");
        QTest::newRow("stopped, then rebooted") << true << QStringLiteral("boot-2") << QStringLiteral("agent_stopped");
        QTest::newRow("crash") << false << QStringLiteral("boot-1") << QStringLiteral("unknown");
        QTest::newRow("power") << false << QStringLiteral("boot-2") << QStringLiteral("power_loss");
    }
    void whyItWasAway()
    {
        QFETCH(bool, clean);
        QFETCH(QString, boot);
        QFETCH(QString, reason);
        auto catalog = open();
        record(*catalog);
        QCOMPARE(account(*catalog), QStringLiteral("on_edge"));
        const QTemporaryDir crashed; // what another process would find now
        if (!clean) {
            for (const QString &suffix : {QString(), QStringLiteral("-wal")})
                QVERIFY(QFile::copy(database() + suffix, crashed.filePath(QLatin1String(Catalog::kFileName)) + suffix));
        }
        catalog.reset();
        if (!clean) {
            for (const QString &suffix : {QString(), QStringLiteral("-wal")}) {
                QFile::remove(database() + suffix);
                QVERIFY(QFile::copy(crashed.filePath(QLatin1String(Catalog::kFileName)) + suffix, database() + suffix));
            }
        }
        m_clock.advance(seconds{100});
        catalog = open(boot);
        catalog->gapBegan(kGate, m_clock.utcNow(), GapReason::Starting);
        m_clock.advance(seconds{1});
        record(*catalog);
        const Coverage told = coverage(*catalog, m_zero, m_clock.utcNow());
        QCOMPARE(gapsOf(told), QStringLiteral("on_edge %1 starting on_edge").arg(reason));
        QVERIFY(told.spans[1].to - told.spans[1].from == seconds{100});
    }

    void aFolderHasOneCatalog()
    {
        const auto catalog = open();
        const auto second = Catalog::open(configOf(m_dir->path() + QStringLiteral("/."), m_clock));
        QVERIFY(!second);
        QVERIFY(second.error().kind == ErrorKind::Unavailable);
        QVERIFY2(second.error().detail.contains(m_dir->path()) && second.error().detail.contains(QString::number(QCoreApplication::applicationPid())),
                 qPrintable(second.error().detail));
    }

    void aFolderThatCannotBeMadeIsNamed()
    {
        const auto none = Catalog::open(configOf(QStringLiteral("/proc/nowhere"), m_clock));
        QVERIFY(!none && none.error().detail.contains(QLatin1String("/proc/nowhere")));
    }

    void aDamagedCatalogIsMadeAgainFromFiles()
    {
        auto catalog = open();
        const auto first = record(*catalog);
        const auto second = record(*catalog);
        catalog.reset();
        QVERIFY(test::writeFile(database(), QByteArray(16'384, 'x')));
        catalog = open();
        QCOMPARE(catalog->repaired().adopted, 2);
        QCOMPARE(account(*catalog), QStringLiteral("on_edge"));
        QCOMPARE(QDir(m_dir->path()).entryList({QStringLiteral("catalog.db.corrupt-*")}).size(), 1);
    }

    void aCatalogDamagedWhileInUseIsMadeAgain()
    {
        auto catalog = open();
        for (int i = 0; i < 50; ++i)
            record(*catalog);
        catalog.reset(); // the log goes into the file
        catalog = open();
        RecordedSegment open = bytesSegment(kGate.camera, second());
        QVERIFY(test::writeFile(m_dir->filePath(open.name.path()), {}));
        catalog->segmentOpened(open);
        QCOMPARE(account(*catalog), QStringLiteral("on_edge")); // no time has passed since the stop
        auto other = store::Database::open(database(), kNoMigrations);
        QVERIFY(other);
        QFile file(database());
        QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(4096));
        file.write(QByteArray(file.size() - 4096, '\xee'));
        file.close();
        QVERIFY(other->execute("PRAGMA user_version = 2")); // a change by another makes the catalog read its pages anew
        m_clock.advance(seconds{5});
        open = bytesSegment(kGate.camera, *open.name.start, 50);
        catalog->segmentProgressed(open);
        const RecordedSegment elsewhere = bytesSegment(QStringLiteral("yard"), second());
        catalog->segmentOpened(elsewhere);
        const auto row = test::answerOf<Recording>([&](auto answer) { catalog->segment(elsewhere.name, answer); });
        QVERIFY2(row, row ? "" : qPrintable(row.error().text()));
        QCOMPARE(account(*catalog), QStringLiteral("on_edge"));
        QCOMPARE(test::answerOf<Recording>([&](auto answer) { catalog->segment(open.name, answer); })->frames, 50);
        QCOMPARE(catalog->told().dropped, 0U);
    }

    /// Somebody removes the folder while it is in use: what is known is kept, and the folder stays one agent's.
    void aFolderThatIsMadeAgainIsTakenOver()
    {
        auto catalog = open();
        const auto first = record(*catalog);
        QCOMPARE(account(*catalog), QStringLiteral("on_edge"));
        QVERIFY(QDir(m_dir->path()).removeRecursively());
        m_clock.advance(seconds{2});
        QCOMPARE(account(*catalog), QStringLiteral("on_edge unknown")); // while there is nothing to go to
        QVERIFY(QDir().mkpath(m_dir->path()));
        const auto second = record(*catalog);
        m_clock.advance(seconds{2});
        const auto custody = [&](const RecordedSegment &segment) {
            const auto row = test::answerOf<Recording>([&](auto answer) { catalog->segment(segment.name, answer); });
            return row ? toString(row->custody) : row.error().text();
        };
        QTRY_COMPARE(custody(first), QStringLiteral("lost"));
        QCOMPARE(custody(second), QStringLiteral("on_edge"));
        QVERIFY(!Catalog::open(configOf(m_dir->path(), m_clock)));
        catalog.reset();
        catalog = open();
        QCOMPARE(custody(first), QStringLiteral("lost"));
        QCOMPARE(custody(second), QStringLiteral("on_edge"));
    }

    void aCatalogThatIsRemovedIsWrittenAgain()
    {
        auto catalog = open();
        const auto first = record(*catalog);
        QCOMPARE(account(*catalog), QStringLiteral("on_edge"));
        QVERIFY(QFile::remove(database()));
        const auto second = record(*catalog);
        m_clock.advance(seconds{2});
        QTRY_VERIFY(QFile::exists(database()));
        QVERIFY(!Catalog::open(configOf(m_dir->path(), m_clock)));
        const auto third = record(*catalog);
        catalog.reset();
        catalog = open();
        QVERIFY(catalog->repaired().adopted == 0 && catalog->repaired().lost == 0);
        for (const auto &each : {first, second, third})
            QVERIFY(test::answerOf<Recording>([&](auto answer) { catalog->segment(each.name, answer); }));
    }

    /// A full disk leaves a torn file, and then an empty one with each try.
    void tornFilesAreMendedOnceTheDiskIsWell()
    {
        std::atomic<bool> well{false};
        CatalogConfig config = configOf(m_dir->path(), m_clock);
        config.recover = [&well](const QString &file, const protocol::SegmentName &name) -> Result<RecordedSegment> {
            if (!well)
                return fail(ErrorKind::Unavailable, QStringLiteral("No space left on device"));
            return test::recoverBytes(file, name);
        };
        auto catalog = Catalog::open(config);
        QVERIFY(catalog);
        QList<RecordedSegment> torn;
        for (int i = 0; i < 3; ++i) {
            torn.append(bytesSegment(kGate.camera, second()));
            QVERIFY(test::writeFile(m_dir->filePath(torn.last().name.path()), QByteArray(i == 0 ? 55 : 0, 'p')));
            (*catalog)->segmentOpened(torn.last());
            m_clock.advance(seconds{6});
            torn.last().frames = torn.last().bytes = i == 0 ? 50 : 0;
            torn.last().to = torn.last().from + milliseconds{100} * torn.last().frames;
            (*catalog)->segmentFinished(torn.last(), false);
            (*catalog)->gapBegan(kGate, torn.last().to, GapReason::DiskFull);
        }
        const auto rowOf = [&](const RecordedSegment &each) {
            return test::answerOf<Recording>([&](auto answer) { (*catalog)->segment(each.name, answer); });
        };
        QCOMPARE(rowOf(torn[0])->frames, 50);
        QCOMPARE(test::filesBelow(m_dir->path()).size(), 3);
        well = true;
        m_clock.advance(seconds{20});
        QTRY_COMPARE_WITH_TIMEOUT(test::filesBelow(m_dir->path()).size(), 1, 20'000);
        QTRY_COMPARE(rowOf(torn[0])->frames, 55);
        QVERIFY(rowOf(torn[1]).error().kind == ErrorKind::NotFound);
        QCOMPARE(account(**catalog), QStringLiteral("on_edge disk_full"));
    }

    /// Whoever keeps asking while the disk hangs costs no row.
    void questionsLeaveRoomForRecorders()
    {
        auto catalog = open();
        std::promise<void> disk;
        std::promise<void> hangs;
        catalog->segment(bytesSegment(kGate.camera, second()).name, [&, well = disk.get_future().share()](const Result<Recording> &) {
            hangs.set_value();
            well.wait();
        });
        hangs.get_future().wait();
        std::atomic<std::size_t> answered{0};
        for (std::size_t i = 0; i < 10 * Catalog::kMostWaiting; ++i)
            catalog->coverage(kGate, m_zero, UtcTime::max(), [&answered](const Result<Coverage> &) { ++answered; });
        for (int i = 0; i < 200; ++i) {
            m_clock.advance(seconds{1});
            catalog->gapBegan(kGate, m_clock.utcNow(), i % 2 == 0 ? GapReason::SourceLost : GapReason::SourceStalled);
        }
        disk.set_value();
        m_clock.advance(seconds{1});
        QTRY_COMPARE(catalog->told().size, std::size_t{0});
        QCOMPARE(coverage(*catalog, m_zero, UtcTime::max()).spans.size(), 200);
        QCOMPARE(catalog->told().dropped, 0U);
        QCOMPARE(answered.load(), Catalog::kMostQuestions);
    }

    void retentionMakesRoom()
    {
        CatalogConfig config = configOf(m_dir->path(), m_clock);
        config.retention.maxBytes = 250;
        auto catalog = Catalog::open(config);
        QVERIFY(catalog);
        for (int i = 0; i < 20; ++i)
            record(**catalog);
        m_clock.advance(seconds{20});
        QTRY_COMPARE_WITH_TIMEOUT((*catalog)->expired(), 18U, 20'000); // in two rounds; 100 bytes each
        QCOMPARE(test::filesBelow(m_dir->path()).size(), 2);
        QCOMPARE(account(**catalog), QStringLiteral("expired on_edge unknown"));
    }

    void aRefusingDiskDelaysTheRows()
    {
        auto catalog = open();
        auto other = store::Database::open(database(), kNoMigrations);
        auto held = store::Transaction::begin(*other);
        QVERIFY(held);
        const auto segment = record(*catalog);
        auto row = test::answerOf<Recording>([&](auto answer) { catalog->segment(segment.name, answer); });
        QVERIFY(!row); // asked, it tries, and the disk refuses
        {
            const auto released = std::move(*held);
        }
        row = test::answerOf<Recording>([&](auto answer) { catalog->segment(segment.name, answer); });
        QVERIFY(row);
        QVERIFY(row->state == RecordingState::Finished);
        QCOMPARE(catalog->told().dropped, 0U);
    }

    /// Real files: nothing that was told is lost, every file has a row and every row a file, no picture is there twice.
    void killed()
    {
        std::mt19937 random(1); // NOLINT(cert-msc51-cpp)
        int first = 0;
        qsizetype finished = 0;
        const int rounds = std::max(20, qEnvironmentVariableIntValue("VEDETTE_KILLS")); // more for a drill
        for (int round = 0; round < rounds; ++round) {
            test::ChildProcess recorder;
            QVERIFY(recorder.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--record"), m_dir->path(), QString::number(first)}));
            const auto enough = static_cast<qsizetype>(2 + random() % 30);
            QVERIFY(test::waitUntil([&] { return recorder.out().count('\n') >= enough || !recorder.running(); }, milliseconds{60'000}));
            recorder.kill();
            QVERIFY(recorder.waitForEnd(milliseconds{5000}));
            QHash<QString, quint64> told; // frames by path
            const QByteArray out = recorder.out();
            for (const QByteArray &line : out.left(out.lastIndexOf('\n')).split('\n')) {
                const QList<QByteArray> words = line.split(' ');
                told.insert(QString::fromLatin1(words.value(1)), words.value(2).toULongLong());
                finished += words.first() == "finished" ? 1 : 0;
            }
            QVERIFY(!told.isEmpty());

            test::ManualClock clock;
            clock.advance(std::chrono::hours{1});
            CatalogConfig config = configOf(m_dir->path(), clock);
            config.recover = recovery();
            auto catalog = Catalog::open(config);
            QVERIFY2(catalog, catalog ? "" : qPrintable(catalog.error().text()));
            const auto page = test::answerOf<RecordingPage>([&](auto answer) { (*catalog)->recordings(kGate, {}, {}, {}, 1000, answer); });
            QStringList rows;
            std::uint64_t next = 0;
            for (const Recording &each : page->recordings) {
                const QString path = each.name.path();
                QVERIFY(each.state == RecordingState::Finished && each.custody == protocol::Custody::OnEdge);
                QCOMPARE(each.bytes, QFileInfo(m_dir->filePath(path)).size());
                QVERIFY2(static_cast<quint64>(each.frames) >= told.value(path), qPrintable(path));
                told.remove(path);
                rows.append(path);
                const auto stamps = test::stampsIn(m_dir->filePath(path));
                QCOMPARE(static_cast<std::int64_t>(stamps.size()), each.frames);
                for (const CaptureStamp &stamp : stamps) {
                    QVERIFY(stamp.sequence >= next && (stamp.sequence == next || stamp.sequence == stamps.front().sequence));
                    next = stamp.sequence + 1;
                }
            }
            QVERIFY2(told.isEmpty(), qPrintable(QStringList(told.keys()).join(u' ')));
            rows.sort();
            QCOMPARE(rows, test::filesBelow(m_dir->path()));
            const Coverage account = coverage(**catalog, test::PictureStream::captured(0), clock.utcNow());
            QVERIFY(account.to == clock.utcNow());
            QVERIFY2(account.spans.last().gap == GapReason::Unknown, qPrintable(gapsOf(account)));
            first = static_cast<int>(next) / 20 * 20 + 40; // a key frame
        }
        QVERIFY(finished >= rounds);
        qInfo("%d kills, %lld finished segments, nothing lost that was told", rounds, static_cast<long long>(finished));
    }
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 4 && arguments[1] == QLatin1String("--record"))
        return recordUntilKilled(arguments[2], arguments[3].toInt());
    TestCatalog test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_catalog.moc"
