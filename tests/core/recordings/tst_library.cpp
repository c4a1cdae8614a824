// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/library.h"

#include "core/recordings/agent_source.h"
#include "core/recordings/folder_source.h"
#include "tests/core/recordings/recording_agent.h"
#include "tests/support/fault_proxy.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace vedette;
using namespace vedette::recordings;
using protocol::GapReason;
using Kind = ViewSpan::Kind;
using std::chrono::seconds;
using test::RecordingAgent;
using test::writeSegment;

namespace {

const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};
const net::HttpConnection::Options kQuick{milliseconds{2000}, milliseconds{400}, milliseconds{1500}, {}};
constexpr int kDeadline = 20'000;

} // namespace

class TestLibrary : public QObject {
    Q_OBJECT

    std::unique_ptr<test::ManualClock> m_clock;
    std::unique_ptr<RecordingAgent> m_agent;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<Library> m_library;
    UtcTime m_zero;

    UtcTime at(double second) const { return m_zero + microseconds{qRound64(second * 1e6)}; }
    QString folderName() const { return QStringLiteral("folder ") + m_dir->path(); }
    QString fileOf(int second) const
    {
        const auto time = QDateTime::fromSecsSinceEpoch(at(second).time_since_epoch() / seconds{1}, QTimeZone::utc());
        return m_dir->filePath(time.toString(QStringLiteral("'camera-gate/'yyyyMMdd'/'HHmmss'_camera-gate.mp4'")));
    }
    bool file(int second, int pictures = 40) { return writeSegment(fileOf(second), {at(second), pictures}); }
    void addFolder() { m_library->add(std::make_shared<FolderSource>(m_dir->path(), *m_clock)); }
    void addAgent(int port = 0)
    {
        m_library->add(std::make_shared<AgentSource>(QStringLiteral("pi-1"), QStringLiteral("http://127.0.0.1:%1").arg(port ? port : m_agent->port()), kQuick));
    }
    /// The only one there is at that moment.
    ViewSpan spanAt(double second)
    {
        const LaneView view = m_library->view(kGate, at(-10), at(100));
        for (const ViewSpan &each : view.spans) {
            if (each.from <= at(second) && at(second) < each.to)
                return each;
        }
        return {};
    }
    /// What the agent of these tests recorded: 0 to 5 s and 20 to 22 s.
    void fillAgent()
    {
        m_agent->record(kGate.camera, {at(0), 100});
        m_agent->catalog().gapBegan(kGate, at(5), GapReason::SourceLost);
        m_agent->record(kGate.camera, {at(20), 40});
        m_agent->catalog().gapBegan(kGate, at(22), GapReason::PausedByOperator);
        m_clock->advance(seconds{200});
    }
    QStringList copiesAt(double second)
    {
        const auto copies = m_library->copiesAt(kGate, at(second), {});
        QStringList names;
        for (const Copy &each : copies.value_or(QList<Copy>()))
            names.append(each.source->name());
        return names;
    }

private Q_SLOTS:
    void init()
    {
        m_clock = std::make_unique<test::ManualClock>();
        m_zero = m_clock->utcNow();
        m_agent = std::make_unique<RecordingAgent>(*m_clock);
        m_dir = std::make_unique<QTemporaryDir>();
        m_library = std::make_unique<Library>(*m_clock);
    }
    void cleanup()
    {
        m_library.reset();
        m_agent.reset();
    }

    void mergesAndNamesItsSources()
    {
        fillAgent();
        QVERIFY(file(0, 100) && file(6));
        QVERIFY(m_library->view(kGate, at(0), at(9)).spans.first().kind == Kind::Nothing); // there is nobody to ask
        addAgent();
        addFolder();
        QVERIFY(m_library->view(kGate, at(0), at(9)).spans.first().kind == Kind::Asking);
        QCOMPARE(m_library->sources(), (QStringList{folderName(), QStringLiteral("agent pi-1")}));
        QTRY_VERIFY_WITH_TIMEOUT(m_library->lanes().size() == 1 && m_library->lanes().first().last == at(22), kDeadline);
        QCOMPARE(m_library->lanes().first().name, QStringLiteral("The gate"));
        QTRY_VERIFY_WITH_TIMEOUT(spanAt(2).sources.size() == 2, kDeadline);
        QCOMPARE(spanAt(2).sources, m_library->sources());
        QTRY_COMPARE_WITH_TIMEOUT(spanAt(7).sources, QStringList{folderName()}, kDeadline);
        QTRY_COMPARE_WITH_TIMEOUT(spanAt(21).sources, QStringList{QStringLiteral("agent pi-1")}, kDeadline);
        QVERIFY(spanAt(12).kind == Kind::Gap && spanAt(12).gap == GapReason::SourceLost);
        QVERIFY(spanAt(-5).kind == Kind::Nothing);
        QVERIFY(m_library->nextGap(kGate, at(1), Direction::Forward) == at(5));
        QCOMPARE(copiesAt(2), m_library->sources());
        QCOMPARE(copiesAt(7), QStringList{folderName()});
        QVERIFY(copiesAt(12).isEmpty());
    }

    void lateDataComesIntoItsPlace()
    {
        fillAgent();
        addAgent();
        addFolder();
        QTRY_VERIFY_WITH_TIMEOUT(spanAt(12).kind == Kind::Gap, kDeadline);
        QSignalSpy changed(m_library.get(), &Library::changed);
        QVERIFY(file(10, 100));
        m_clock->advance(Library::kOld); // the folder's lanes are asked for again, and then what is looked at
        QTRY_COMPARE_WITH_TIMEOUT(spanAt(12).sources, QStringList{folderName()}, kDeadline);
        QVERIFY(!changed.isEmpty());
    }

    void theLiveEdgeGoesOn()
    {
        addAgent();
        m_agent->catalog().gapBegan(kGate, at(0), GapReason::Starting);
        test::SegmentPlan plan{at(1), 31};
        plan.finished = false;
        m_clock->advance(seconds{3});
        auto segment = m_agent->record(kGate.camera, plan);
        QTRY_VERIFY_WITH_TIMEOUT(spanAt(2).kind == Kind::Recorded, kDeadline);
        QVERIFY(spanAt(4.2).kind != Kind::Recorded);
        plan.pictures = 71;
        m_agent->progress(segment, plan);
        m_clock->advance(seconds{2});
        QTRY_VERIFY_WITH_TIMEOUT(spanAt(4.2).kind == Kind::Recorded, kDeadline);
    }

    void aSourceThatDoesNotAnswer()
    {
        fillAgent();
        QVERIFY(file(0, 100));
        addFolder();
        addAgent();
        QTRY_VERIFY_WITH_TIMEOUT(spanAt(2).sources.size() == 2, kDeadline);
        QSignalSpy problems(m_library.get(), &Library::problemsChanged);
        m_agent->stop();
        m_clock->advance(Library::kOld);
        QTRY_VERIFY_WITH_TIMEOUT((spanAt(2), !m_library->problemOf(QStringLiteral("agent pi-1")).isEmpty()), kDeadline);
        QVERIFY2(m_library->problemOf(QStringLiteral("agent pi-1")).startsWith(QLatin1String("agent pi-1: ")), qPrintable(m_library->problemOf(QStringLiteral("agent pi-1"))));
        QVERIFY(m_library->problemOf(folderName()).isEmpty() && !problems.isEmpty());
        // What it said before stays; what it was never asked cannot be known.
        QCOMPARE(spanAt(2).sources.size(), 2);
        QTRY_VERIFY_WITH_TIMEOUT(m_library->view(kGate, at(-90'000), at(-80'000)).spans.first().kind == Kind::Silent, kDeadline);
        QCOMPARE(copiesAt(2), QStringList{folderName()});
        QVERIFY(!m_library->copiesAt(kGate, at(2), {})->isEmpty());
        m_agent->start();
        m_clock->advance(seconds{20});
        QTRY_VERIFY_WITH_TIMEOUT((spanAt(2), m_library->problemOf(QStringLiteral("agent pi-1")).isEmpty()), kDeadline);
        QCOMPARE(copiesAt(21), QStringList{QStringLiteral("agent pi-1")});
    }

    void nobodyAnswers()
    {
        fillAgent();
        addAgent();
        m_agent->stop();
        QTRY_VERIFY_WITH_TIMEOUT(!m_library->problemOf(QStringLiteral("agent pi-1")).isEmpty(), kDeadline);
        const auto copies = m_library->copiesAt(kGate, at(2), {});
        QVERIFY(!copies && copies.error().kind == ErrorKind::Unavailable);
        QVERIFY(m_library->view(kGate, at(0), at(9)).spans.first().kind == Kind::Silent);
    }

    void aSlowSourceHoldsOnlyItself()
    {
        fillAgent();
        QVERIFY(file(0, 100));
        test::FaultProxy proxy;
        QVERIFY(proxy.start(static_cast<std::uint16_t>(m_agent->port())));
        test::Fault stall;
        stall.stall = true;
        proxy.setFault(test::FaultProxy::Direction::ToClient, stall);
        m_library->add(std::make_shared<AgentSource>(QStringLiteral("pi-1"), QStringLiteral("http://127.0.0.1:%1").arg(proxy.port()), net::HttpConnection::Options{}));
        addFolder();
        QTRY_COMPARE_WITH_TIMEOUT(spanAt(2).sources, QStringList{folderName()}, 3'000);
        QElapsedTimer timer;
        timer.start();
        m_library.reset(); // in the middle of its question
        QVERIFY2(timer.elapsed() < 1'000, qPrintable(QString::number(timer.elapsed())));
    }

    void anotherTakesOver()
    {
        fillAgent();
        QVERIFY(file(0, 100));
        addFolder();
        addAgent();
        const auto copies = m_library->copiesAt(kGate, at(2), {});
        QVERIFY(copies && copies->size() == 2);
        m_library->noteFailure(copies->first(), {ErrorKind::Unavailable, QStringLiteral("pulled out"), nullptr});
        QCOMPARE(copiesAt(2), QStringList{QStringLiteral("agent pi-1")});
        m_clock->advance(seconds{6});
        QCOMPARE(copiesAt(2).first(), folderName());
        // A copy with a fault comes behind a good one.
        QFile cut(fileOf(0));
        QVERIFY(cut.open(QIODevice::ReadWrite) && cut.resize(cut.size() * 9 / 10));
        cut.close();
        QVERIFY(test::makeOld(cut.fileName()));
        m_library->add(std::make_shared<FolderSource>(m_dir->path(), *m_clock));
        QCOMPARE(copiesAt(2), (QStringList{QStringLiteral("agent pi-1"), folderName()}));
    }

    void whatComesNext()
    {
        fillAgent();
        QVERIFY(file(100'000));
        addFolder();
        addAgent();
        const auto next = [this](double second, Direction direction) { return m_library->nextRecorded(kGate, at(second), direction, {}).value_or(std::nullopt); };
        QVERIFY(next(2, Direction::Forward) == at(2));
        QVERIFY(next(10, Direction::Forward) == at(20));
        QVERIFY(next(-100'000, Direction::Forward) == at(0));
        QVERIFY(next(30, Direction::Forward) == at(100'000));
        QVERIFY(!next(200'000, Direction::Forward));
        QVERIFY(next(10, Direction::Backward) == at(5) - microseconds{1});
        QVERIFY(next(21, Direction::Backward) == at(21));
        QVERIFY(next(90'000, Direction::Backward) == at(22) - microseconds{1});
        QVERIFY(next(5'000'000, Direction::Backward) == at(100'002) - microseconds{1});
        QVERIFY(!next(-1, Direction::Backward));
    }

    void daysOfAZone()
    {
        const QTimeZone berlin("Europe/Berlin");
        if (!berlin.isValid())
            QSKIP("no time zones here");
        // 2026-03-28 23:30 UTC is 00:30 of the 29th there, a day of 23 hours.
        const UtcTime night{seconds{1'774'740'600}};
        QVERIFY(writeSegment(m_dir->filePath(QStringLiteral("camera-gate/20260328/233000_camera-gate.mp4")), {night}));
        QVERIFY(writeSegment(m_dir->filePath(QStringLiteral("camera-gate/20260329/213000_camera-gate.mp4")), {night + std::chrono::hours{22}}));
        QVERIFY(writeSegment(m_dir->filePath(QStringLiteral("camera-gate/20260329/223000_camera-gate.mp4")), {night + std::chrono::hours{23}}));
        addFolder();
        QTRY_VERIFY_WITH_TIMEOUT(!m_library->lanes().isEmpty(), kDeadline);
        const QDate first(2026, 3, 1);
        const auto days = [&](const QTimeZone &zone) { return m_library->daysWith({kGate}, first, QDate(2026, 3, 31), zone); };
        QTRY_COMPARE_WITH_TIMEOUT(days(berlin), (QSet<QDate>{QDate(2026, 3, 29), QDate(2026, 3, 30)}), kDeadline);
        QCOMPARE(days(QTimeZone::utc()), (QSet<QDate>{QDate(2026, 3, 28), QDate(2026, 3, 29)}));
    }

    void removed()
    {
        QVERIFY(file(0, 100));
        addFolder();
        m_clock->advance(seconds{100});
        QTRY_VERIFY_WITH_TIMEOUT(spanAt(2).kind == Kind::Recorded, kDeadline);
        m_library->remove(folderName());
        QVERIFY(spanAt(2).kind == Kind::Nothing && m_library->lanes().isEmpty() && copiesAt(2).isEmpty());
        addFolder();
        QTRY_VERIFY_WITH_TIMEOUT(spanAt(2).kind == Kind::Recorded, kDeadline);
    }
};

QTEST_GUILESS_MAIN(TestLibrary)
#include "tst_library.moc"
