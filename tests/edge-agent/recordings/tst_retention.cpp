// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/retention.h"

#include "edge-agent/recordings/ledger.h"
#include "tests/edge-agent/recordings/recording_folder.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using protocol::Custody;
using protocol::Recording;
using protocol::RecordingState;
using std::chrono::seconds;
using test::bytesSegment;

namespace {

constexpr std::chrono::sys_seconds kZero{seconds{1'790'000'000}};
constexpr int kBytes = 1000;
const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};

} // namespace

class TestRetention : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::optional<CatalogRows> m_rows;
    std::int64_t m_room = 1'000'000; ///< of the disk

    QString fileOf(const RecordedSegment &segment) const { return m_dir->filePath(segment.name.path()); }
    /// A recorded hour.
    RecordedSegment record(int hour, Custody custody = Custody::OnEdge, RecordingState state = RecordingState::Finished)
    {
        auto segment = bytesSegment(kGate.camera, kZero + std::chrono::hours{hour}, kBytes);
        segment.to = segment.from + std::chrono::hours{1};
        put(segment, custody, state);
        return segment;
    }
    void put(const RecordedSegment &segment, Custody custody = Custody::OnEdge, RecordingState state = RecordingState::Finished)
    {
        Recording row = toRecording(segment, state);
        row.custody = custody;
        const auto lane = m_rows->makeLane({segment.name.camera, segment.name.stream});
        if (!lane || !m_rows->putSegment(lane->number, row, state == RecordingState::Finished) || !test::writeFile(fileOf(segment), QByteArray(kBytes, 'p')))
            qFatal("cannot be recorded");
    }
    FreeSpace disk()
    {
        return [this](const QString &folder) -> Result<std::int64_t> {
            std::int64_t used = 0;
            for (const QString &path : test::filesBelow(folder))
                used += QFileInfo(folder + u'/' + path).size();
            return m_room - used - QFileInfo(folder + QStringLiteral("/ballast")).size();
        };
    }
    int enforce(const RetentionRules &rules, UtcTime now = kZero)
    {
        const auto gone = Retention(*m_rows, m_dir->path(), rules, disk()).enforce(now);
        if (!gone)
            qFatal("%s", qPrintable(gone.error().text()));
        return *gone;
    }
    bool here(const RecordedSegment &segment) const { return QFile::exists(fileOf(segment)); }
    Recording row(const RecordedSegment &segment) { return **m_rows->segment(segment.name.id()); }

private Q_SLOTS:
    void init()
    {
        m_rows.reset();
        m_dir = std::make_unique<QTemporaryDir>();
        m_room = 1'000'000;
        auto rows = CatalogRows::open(m_dir->filePath(QStringLiteral("catalog.db")));
        QVERIFY(rows);
        m_rows.emplace(std::move(*rows));
    }

    void withoutARuleNothingGoes()
    {
        for (int i = 0; i < 5; ++i)
            record(i * 10'000);
        QCOMPARE(enforce({}), 0);
        QCOMPARE(test::filesBelow(m_dir->path()).size(), 5);
    }

    void byAge()
    {
        RetentionRules rules;
        rules.maxAge = std::chrono::days{2};
        const auto old = record(0);
        const auto justNot = record(51);
        QCOMPARE(enforce(rules), 1); // the newest ends at 52 h, 48 h and more before it end what is older than 4 h
        const auto newest = record(99);
        QCOMPARE(enforce(rules, kZero + std::chrono::hours{24 * 365 * 50}), 0); // a wrong clock alone removes nothing
        QVERIFY(!here(old) && here(justNot) && here(newest));
        QVERIFY(row(old).state == RecordingState::Expired && row(old).expiredBy == QLatin1String("age") && row(old).custody == Custody::Expired);
        QVERIFY(m_rows->condemned()->isEmpty());
        record(101);
        QCOMPARE(enforce(rules), 1);
        QVERIFY(!here(justNot));
    }

    void bySizeStoredFirstThenOldest()
    {
        const auto first = record(0);
        const auto second = record(1);
        const auto stored = record(2, Custody::Stored);
        const auto third = record(3);
        const auto open = record(4, Custody::OnEdge, RecordingState::Open);
        RetentionRules rules;
        rules.maxBytes = 4 * kBytes;
        QCOMPARE(enforce(rules), 1);
        QVERIFY(!here(stored) && here(first));
        QVERIFY(row(stored).expiredBy == QLatin1String("size") && row(stored).custody == Custody::Stored && row(stored).state == RecordingState::Expired);
        rules.maxBytes = 2 * kBytes;
        QCOMPARE(enforce(rules), 2);
        QVERIFY(!here(first) && !here(second) && here(third) && here(open));
        rules.maxBytes = 1;
        QCOMPARE(enforce(rules), 1);
        QVERIFY(!here(third) && here(open)); // what is being recorded is never taken away
        QCOMPARE(m_rows->bytesHere().value(), kBytes);
    }

    void byFreeSpace()
    {
        for (int i = 0; i < 40; ++i)
            record(i);
        m_room = 50 * kBytes;
        RetentionRules rules;
        rules.minFreeBytes = 30 * kBytes; // 10 are free
        QCOMPARE(enforce(rules), Retention::kMostAtOnce);
        QCOMPARE(enforce(rules), 4);
        QCOMPARE(enforce(rules), 0);
        QCOMPARE(test::filesBelow(m_dir->path()).size(), 20);
        QVERIFY(disk()(m_dir->path()).value() >= rules.minFreeBytes);
    }

    void whatIsProtectedStays()
    {
        const auto before = record(0);
        const auto touched = record(1);
        const auto behind = record(2);
        const UtcTime end = kZero + std::chrono::hours{100};
        QVERIFY(RetentionRows(*m_rows).protect({0, kGate, touched.from + std::chrono::minutes{59}, touched.to, QStringLiteral("a break-in"), QStringLiteral("guard"), end}));
        QCOMPARE(RetentionRows(*m_rows).protectedBytes(kZero).value(), std::int64_t{kBytes});
        QCOMPARE(RetentionRows(*m_rows).protectedBytes(end).value(), std::int64_t{0});
        QVERIFY(!RetentionRows(*m_rows).protect({0, {QStringLiteral("yard"), QStringLiteral("main")}, {}, {}, {}, {}, {}}));
        RetentionRules rules;
        rules.maxBytes = 1;
        rules.maxAge = std::chrono::days{1};
        rules.minFreeBytes = m_room * 2;
        QCOMPARE(enforce(rules), 2);
        QVERIFY(!here(before) && here(touched) && !here(behind));
        QCOMPARE(enforce(rules, end), 1); // it ended
        QVERIFY(!here(touched));
    }

    void whatHasNoTimeGoesInItsTurn()
    {
        const auto first = record(10);
        auto unknown = bytesSegment(kGate.camera, kZero, kBytes);
        unknown.name.start.reset();
        unknown.from = utcFromMicros(0); // by a clock in 1970
        unknown.to = unknown.from + seconds{100};
        put(unknown);
        const auto last = record(11);
        RetentionRules rules;
        rules.maxAge = std::chrono::days{1};
        QCOMPARE(enforce(rules), 0); // no rule knows its age
        rules.maxBytes = 2 * kBytes;
        QCOMPARE(enforce(rules), 1);
        QVERIFY(!here(first) && here(unknown));
        rules.maxBytes = kBytes;
        QCOMPARE(enforce(rules), 1);
        QVERIFY(!here(unknown) && here(last));
    }

    void theBallast()
    {
        RetentionRules rules;
        rules.ballastBytes = 100'000;
        rules.minFreeBytes = 10;
        const QString ballast = m_dir->filePath(QLatin1String(Retention::kBallastName));
        m_room = 150'000; // too little to spare
        enforce(rules);
        QVERIFY(!QFile::exists(ballast));
        m_room = 250'000;
        enforce(rules);
        QCOMPARE(QFileInfo(ballast).size(), 100'000);
        Retention retention(*m_rows, m_dir->path(), rules, disk());
        QVERIFY(retention.dropBallast());
        QVERIFY(!retention.dropBallast());
    }

    void theRealDisk()
    {
        const auto free = freeSpace(m_dir->path());
        QVERIFY(free && *free > 0);
        const auto none = freeSpace(QStringLiteral("/nonexistent"));
        QVERIFY(!none && none.error().detail.contains(QLatin1String("/nonexistent")));
    }
};

QTEST_GUILESS_MAIN(TestRetention)
#include "tst_retention.moc"
