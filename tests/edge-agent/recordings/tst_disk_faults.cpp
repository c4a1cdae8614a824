// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog.h"
#include "edge-agent/recordings/catalog_check.h"
#include "edge-agent/recordings/recorder.h"
#include "edge-agent/recordings/segment_recovery.h"

#include "tests/edge-agent/recordings/failing_disk.h"
#include "tests/edge-agent/recordings/recorder_fixture.h"
#include "tests/support/manual_clock.h"

#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>

using namespace vedette;
using namespace vedette::agent;
using protocol::StageState;
using Told = test::ToldRecording::Told;

namespace {

const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};

/// Tells the catalog and the test.
class BothSinks final : public RecorderSink {
public:
    BothSinks(RecorderSink &one, RecorderSink &other) : m_sinks{&one, &other} {}
    void segmentOpened(const RecordedSegment &segment) override { each(&RecorderSink::segmentOpened, segment); }
    void segmentProgressed(const RecordedSegment &segment) override { each(&RecorderSink::segmentProgressed, segment); }
    void segmentFinished(const RecordedSegment &segment, bool complete) override { each(&RecorderSink::segmentFinished, segment, complete); }
    void gapBegan(const RecordingLane &lane, UtcTime from, protocol::GapReason reason) override { each(&RecorderSink::gapBegan, lane, from, reason); }

private:
    template <typename Call, typename... Arguments>
    void each(Call call, const Arguments &...arguments)
    {
        for (RecorderSink *sink : m_sinks)
            (sink->*call)(arguments...);
    }
    std::array<RecorderSink *, 2> m_sinks;
};

} // namespace

/// A recorder and its catalog on a disk of which every single call fails once, or from there on: after the next start each
/// file is in the catalog as it is, and what was finished is there.
class TestDiskFaults : public QObject {
    Q_OBJECT

    CatalogConfig config(const QString &folder)
    {
        CatalogConfig config{folder, {kGate}, QStringLiteral("boot"), [this] { return LedgerTime{m_clock.now(), m_clock.utcNow(), true}; }, {}, {}};
        config.recover = [this](const QString &file, const protocol::SegmentName &name) { return recoverSegment(m_disk, file, name); };
        return config;
    }

    /// Four seconds in segments of two, with a failing call at k; what the recorder told.
    std::optional<Told> record(const QString &folder, int k, int error, bool forLater)
    {
        const auto catalog = Catalog::open(config(folder));
        if (!catalog)
            return std::nullopt;
        test::ToldRecording told;
        BothSinks sinks(**catalog, told);
        const auto tee = std::make_shared<media::PacketTee>();
        tee->setInfo(m_pictures.info);
        Recorder::Options options;
        options.lane = kGate;
        options.length = std::chrono::seconds{2};
        options.stage = told.stage();
        Recorder recorder(std::move(options), {m_disk, m_clock, folder}, tee, sinks);
        recorder.start();
        bool good = told.waitForGap(protocol::GapReason::Starting);
        m_disk.failAt(k, error, forLater);
        for (int n = 0; n < 60; ++n)
            tee->write(m_pictures.picture(n));
        // The key frame 50 is the last that makes the recorder write.
        good = good && told.waitFor([](const Told &all) {
            return (all.opened.size() == 2 && all.progressed.back().to >= test::PictureStream::captured(50)) || all.stages.back().state == StageState::Waiting;
        });
        m_disk.heal();
        m_clock.advance(Recorder::kLongestPause);
        if (told.told().stages.back().state == StageState::Waiting) {
            const std::size_t said = told.told().stages.size();
            good = good && told.waitFor([said](const Told &all) { return all.stages.size() > said; });
        }
        for (int n = 60; n < 80; ++n)
            tee->write(m_pictures.picture(n));
        recorder.stop();
        m_failures = recorder.counts().failures;
        return good ? std::optional(told.told()) : std::nullopt;
    }

    test::FailingDisk m_disk;
    test::ManualClock m_clock;
    const test::PictureStream m_pictures;
    std::uint64_t m_failures = 0;
    /// In memory where that is possible: hundreds of starts sync thousands of times.
    const QString m_place = QFileInfo(QStringLiteral("/dev/shm")).isWritable() ? QStringLiteral("/dev/shm/vedette-faults-XXXXXX")
                                                                               : QDir::tempPath() + QStringLiteral("/vedette-faults-XXXXXX");

private Q_SLOTS:
    void everyCall_data()
    {
        QTest::addColumn<int>("error");
        QTest::addColumn<bool>("forLater");
        QTest::addColumn<int>("atMost");
        QTest::newRow("broken once") << EIO << false << 0;
        QTest::newRow("full within a write") << ENOSPC << true << 4000;
    }
    void everyCall()
    {
        QFETCH(int, error);
        QFETCH(bool, forLater);
        QFETCH(int, atMost);
        m_disk.limitWrites(atMost > 0 ? static_cast<std::size_t>(atMost) : SIZE_MAX);
        int k = 0;
        do {
            ++k;
            const QTemporaryDir dir(m_place);
            const auto told = record(dir.path(), k, error, forLater);
            QVERIFY2(told, qPrintable(QString::number(k)));
            {
                const auto catalog = Catalog::open(config(dir.path()));
                QVERIFY2(catalog, catalog ? "" : qPrintable(catalog.error().text()));
                QCOMPARE((*catalog)->repaired().foreign + (*catalog)->repaired().unreadable, 0);
            }
            auto rows = CatalogRows::open(dir.filePath(QLatin1String(Catalog::kFileName)));
            QVERIFY(rows);
            const auto check = checkCatalog(*rows, dir.path(), CheckDepth::Sizes);
            QVERIFY2(check && check->good() && check->foreign == 0, qPrintable(QStringLiteral("%1: %2").arg(k).arg(check->examples.join(u' '))));
            for (const RecordedSegment &segment : told->finished) {
                const auto row = rows->segment(segment.name.id());
                QVERIFY(row && *row);
                QCOMPARE((*row)->frames, static_cast<std::int64_t>(segment.frames));
                QCOMPARE(test::stampsIn(dir.filePath(segment.name.path())).size(), segment.frames);
            }
            for (const RecordedSegment &segment : told->broken) {
                const auto row = rows->segment(segment.name.id());
                QVERIFY(row && (segment.frames == 0 || (*row && (*row)->frames >= static_cast<std::int64_t>(segment.frames))));
            }
        } while (m_failures > 0);
        QVERIFY2(k > 20, qPrintable(QString::number(k)));
    }
};

QTEST_GUILESS_MAIN(TestDiskFaults)
#include "tst_disk_faults.moc"
