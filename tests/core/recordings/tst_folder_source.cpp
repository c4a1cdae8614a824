// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/folder_source.h"

#include "core/protocol/manifest.h"
#include "tests/core/recordings/recorded_files.h"
#include "tests/support/manual_clock.h"

#include <QCryptographicHash>
#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::recordings;
using protocol::CoverageSpan;
using protocol::Custody;
using protocol::GapReason;
using std::chrono::seconds;
using test::SegmentPlan;
using test::writeBytes;
using test::writeSegment;

namespace {

constexpr UtcTime kZero{seconds{1'795'270'500}}; // 2026-11-21T14:15:00Z
const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};

/// All that can be seen of a tree from outside.
QByteArray fingerprint(const QString &root)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    QStringList paths;
    for (QDirIterator each(root, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot, QDirIterator::Subdirectories); each.hasNext();)
        paths.append(each.next());
    paths.sort();
    for (const QString &path : paths) {
        const QFileInfo info(path);
        hash.addData(path.toUtf8() + QByteArray::number(info.lastModified().toMSecsSinceEpoch()));
        QFile file(path);
        if (info.isFile() && file.open(QIODevice::ReadOnly))
            hash.addData(file.readAll());
    }
    return hash.result();
}

} // namespace

class TestFolderSource : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<test::ManualClock> m_clock;
    std::unique_ptr<FolderSource> m_source;
    std::stop_source m_stop;

    QString path(const QString &below) const { return m_dir->filePath(below); }
    Account account(UtcTime from, UtcTime to, const RecordingLane &lane = kGate)
    {
        for (int i = 0; i < 100; ++i) {
            const auto account = m_source->account(lane, from, to, {});
            if (!account || !account->settling)
                return account.value_or(Account());
        }
        return {};
    }
    Piece pieceAt(UtcTime at, const RecordingLane &lane = kGate)
    {
        const auto pieces = m_source->pieces(lane, at, at + microseconds{1}, {});
        return pieces && pieces->size() == 1 ? pieces->first() : Piece();
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_clock = std::make_unique<test::ManualClock>();
        m_source = std::make_unique<FolderSource>(m_dir->path(), *m_clock);
    }

    void aTreeOfRecordings()
    {
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4")), {kZero + milliseconds{300}}));
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141502_camera-gate.mp4")), {kZero + milliseconds{2303}}));
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141510_camera-gate.mp4")), {kZero + seconds{10}}));
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141500_camera-gate_sub.mp4")), {kZero}));
        QVERIFY(writeSegment(path(QStringLiteral("camera-yard/20261122/000000_camera-yard.mp4")), {kZero + seconds{35'100}}));
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/unknown/0000000000000007-0.mp4")), {kZero, 20, true, false}));
        QVERIFY(writeBytes(path(QStringLiteral("camera-gate/20261121/notes.txt")), "x"));
        QVERIFY(writeBytes(path(QStringLiteral("catalog.db")), "x"));
        for (QDirIterator each(m_dir->path(), QDir::Files, QDirIterator::Subdirectories); each.hasNext();)
            QVERIFY(test::makeOld(each.next()));
        const QByteArray before = fingerprint(m_dir->path());
        const auto lanes = m_source->lanes({});
        QVERIFY(lanes);
        QCOMPARE(lanes->size(), 3);
        QVERIFY(lanes->at(0).lane == kGate && lanes->at(0).unknownTimes == 1);
        QVERIFY(lanes->at(0).first == kZero + milliseconds{300} && lanes->at(0).last == kZero + seconds{12});
        const Account told = account(kZero - seconds{60}, kZero + seconds{60});
        // The first two are 3 ms apart: one.
        const QList<CoverageSpan> expected{{kZero + milliseconds{300}, kZero + milliseconds{4303}, std::nullopt, Custody::OnEdge},
                                           {kZero + milliseconds{4303}, kZero + seconds{10}, GapReason::Unknown, {}},
                                           {kZero + seconds{10}, kZero + seconds{12}, std::nullopt, Custody::OnEdge}};
        QCOMPARE(told.spans, expected);
        const Piece second = pieceAt(kZero + seconds{3});
        QCOMPARE(second.id, QStringLiteral("camera-gate/20261121/141502_camera-gate.mp4"));
        QVERIFY(second.from == kZero + milliseconds{2303} && second.to == kZero + milliseconds{4303} && second.fault.isEmpty() && !second.open);
        QVERIFY(pieceAt(kZero + seconds{5}).id.isEmpty());
        QVERIFY(pieceAt(kZero + seconds{1}, {QStringLiteral("gate"), QStringLiteral("sub")}).id.endsWith(QLatin1String("_sub.mp4")));
        const auto unknown = m_source->unknownPieces(kGate, {});
        QVERIFY(unknown && unknown->size() == 1 && !unknown->first().known);
        QVERIFY(unknown->first().to - unknown->first().from == seconds{1});
        QVERIFY(m_source->account({QStringLiteral("roof"), QStringLiteral("main")}, kZero, kZero + seconds{1}, {}).error().kind == ErrorKind::NotFound);
        QCOMPARE(fingerprint(m_dir->path()), before);
    }

    void aGapInTheMiddleOfAQuestion()
    {
        QVERIFY(writeSegment(path(QStringLiteral("gate/2026-11-21_14-15-00-000000.mp4")), {kZero}));
        QVERIFY(writeSegment(path(QStringLiteral("gate/2026-11-21_15-15-00-000000.mp4")), {kZero + seconds{3600}}));
        QCOMPARE(account(kZero + seconds{600}, kZero + seconds{700}).spans, (QList<CoverageSpan>{{kZero + seconds{600}, kZero + seconds{700}, GapReason::Unknown, {}}}));
        QVERIFY(account(kZero - seconds{600}, kZero).spans.isEmpty()); // before the first nothing is owed
        QVERIFY(account(kZero + seconds{3700}, kZero + seconds{3800}).spans.isEmpty());
    }

    void picturesRuleOverNames()
    {
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4")), {kZero + seconds{63}}));
        account(kZero, kZero + seconds{600});
        QVERIFY(pieceAt(kZero + seconds{64}).from == kZero + seconds{63});
        QVERIFY(pieceAt(kZero + seconds{1}).id.isEmpty());
    }

    void aStampWithAFallenBit()
    {
        const QString file = QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4");
        QByteArray bytes = test::segmentBytes({kZero});
        const qsizetype uuid = bytes.indexOf(QByteArray(reinterpret_cast<const char *>(protocol::kCaptureUuid.data()), 16));
        QVERIFY(uuid > 0);
        const qsizetype captured = uuid + 16 + 22; // behind version, flags, settings, run and sequence
        // There are escapes in between (three zero bytes of a small sequence); look for the time itself.
        QByteArray time(8, 0);
        for (int i = 0; i < 8; ++i)
            time[i] = static_cast<char>(toMicros(kZero) >> (56 - 8 * i));
        const qsizetype at = bytes.indexOf(time.mid(2), captured - 4);
        QVERIFY(at > 0 && at < captured + 20);
        bytes[at] = static_cast<char>(bytes[at] ^ 4); // 51 days
        QVERIFY(writeBytes(path(file), bytes));
        QVERIFY(pieceAt(kZero + seconds{1}).from == kZero);
    }

    void foreignNamesWithoutStamps()
    {
        SegmentPlan plan{kZero};
        plan.stamped = false;
        QVERIFY(writeSegment(path(QStringLiteral("front_door/2026-11-21_14-15-00-250000.mp4")), plan));
        QVERIFY(writeSegment(path(QStringLiteral("holiday.mp4")), plan));
        const RecordingLane door{QStringLiteral("front-door"), QStringLiteral("main")};
        const Piece piece = pieceAt(kZero + seconds{1}, door);
        QVERIFY(piece.from == kZero + milliseconds{250} && piece.to == kZero + milliseconds{2250});
        const auto lanes = m_source->lanes({});
        QVERIFY(lanes && lanes->size() == 2);
        const RecordingLane other = lanes->at(0).lane == door ? lanes->at(1).lane : lanes->at(0).lane;
        const auto unknown = m_source->unknownPieces(other, {});
        QVERIFY(unknown && unknown->size() == 1 && !unknown->first().known);
        QCOMPARE(unknown->first().id, QStringLiteral("holiday.mp4"));
    }

    void foreignContainers()
    {
        const QString pictures = QStringLiteral("-f lavfi -i testsrc2=size=160x96:rate=20:duration=3 -c:v libx264 -g 20 -bf 2 -preset ultrafast");
        QVERIFY(QDir(m_dir->path()).mkpath(QStringLiteral("yard")));
        // The index at the end; with a creation time in UTC, and a name in the time of Berlin's winter.
        QVERIFY(test::makeClip(pictures + QStringLiteral(" -metadata creation_time=2026-11-21T14:15:02Z"), path(QStringLiteral("yard/2026-11-21_15-15-00.mp4"))));
        QVERIFY(test::makeClip(pictures, path(QStringLiteral("yard/2026-11-21_14-16-00.mkv"))));
        QVERIFY(test::makeClip(pictures, path(QStringLiteral("yard/2026-11-21_14-17-00.ts"))));
        const RecordingLane yard{QStringLiteral("yard"), QStringLiteral("main")};
        account(kZero, kZero + std::chrono::hours{3}, yard);
        const Piece mp4 = pieceAt(kZero + seconds{1}, yard);
        QVERIFY2(mp4.id.endsWith(QLatin1String("15-15-00.mp4")) && mp4.fault.isEmpty(), qPrintable(mp4.fault));
        for (int i = 0; i < 3; ++i) {
            const Piece piece = pieceAt(kZero + seconds{60 * i + 1}, yard);
            QVERIFY2(piece.from == kZero + seconds{60 * i}, qPrintable(piece.id));
            QVERIFY2(piece.to >= piece.from + milliseconds{2950} && piece.to <= piece.from + milliseconds{3050}, qPrintable(QString::number((piece.to - piece.from).count())));
        }
    }

    void opensForReading()
    {
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4")), {kZero}));
        const auto reader = m_source->open(kGate, pieceAt(kZero + seconds{1}), {});
        QVERIFY2(reader, qPrintable(reader ? QString() : reader.error().text()));
        const auto packet = (*reader)->read({});
        QVERIFY(packet && (*packet)->capture && (*packet)->capture->captured == kZero);
        Piece gone;
        gone.id = QStringLiteral("camera-gate/../../etc/passwd");
        QVERIFY(m_source->open(kGate, gone, {}).error().kind == ErrorKind::NotFound);
    }

    void badFilesAreToldOneByOne()
    {
        const QString day = QStringLiteral("camera-gate/20261121/");
        const QByteArray whole = test::segmentBytes({kZero});
        QVERIFY(writeBytes(path(day + QStringLiteral("141500_camera-gate.mp4")), whole.left(whole.size() * 6 / 10)));
        QVERIFY(writeBytes(path(day + QStringLiteral("141600_camera-gate.mp4")), {}));
        QVERIFY(writeBytes(path(day + QStringLiteral("141700_camera-gate.mp4")), QByteArray(5000, 'z')));
        QVERIFY(writeBytes(path(day + QStringLiteral("141800_camera-gate.mp4")), test::segmentBytes({kZero + seconds{180}}).left(600)));
        QVERIFY(QFile::link(path(QStringLiteral("nowhere")), path(day + QStringLiteral("141900_camera-gate.mp4"))));
        QVERIFY(writeSegment(path(day + QStringLiteral("142000_camera-gate.mp4")), {kZero + seconds{300}}));
        for (QDirIterator each(m_dir->path(), QDir::Files, QDirIterator::Subdirectories); each.hasNext();)
            QVERIFY(test::makeOld(each.next()));
        const QList<CoverageSpan> spans = account(kZero, kZero + seconds{600}).spans;
        const Piece cut = pieceAt(kZero + milliseconds{100});
        QVERIFY2(cut.fault.contains(QLatin1String("141500_camera-gate.mp4 is cut off or damaged at byte")), qPrintable(cut.fault));
        QVERIFY(cut.custody == Custody::OnEdge && cut.to > cut.from + milliseconds{400} && cut.to < cut.from + seconds{2});
        const Piece empty = pieceAt(kZero + seconds{70});
        QVERIFY2(empty.fault.endsWith(QLatin1String("141600_camera-gate.mp4 is empty")), qPrintable(empty.fault));
        QVERIFY(empty.custody == Custody::Lost);
        QVERIFY2(pieceAt(kZero + seconds{130}).fault.contains(QLatin1String("141700_camera-gate.mp4")), qPrintable(pieceAt(kZero + seconds{130}).fault));
        QVERIFY2(pieceAt(kZero + seconds{190}).fault.contains(QLatin1String("141800_camera-gate.mp4")), qPrintable(pieceAt(kZero + seconds{190}).fault));
        QVERIFY(pieceAt(kZero + seconds{301}).fault.isEmpty());
        QVERIFY(std::any_of(spans.begin(), spans.end(), [](const CoverageSpan &each) { return !each.gap && each.custody == Custody::Lost; }));
    }

    void linksInACircle()
    {
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4")), {kZero}));
        QVERIFY(QFile::link(m_dir->path(), path(QStringLiteral("camera-gate/all"))));
        QVERIFY(QFile::link(path(QStringLiteral("camera-gate")), path(QStringLiteral("camera-gate/20261121/again"))));
        const auto lanes = m_source->lanes({});
        QVERIFY(lanes);
        QCOMPARE(lanes->size(), 1);
        const auto pieces = m_source->pieces(kGate, kZero, kZero + seconds{1}, {});
        QVERIFY(pieces && pieces->size() == 1);
    }

    void aFileThatGrows()
    {
        const QString file = path(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4"));
        SegmentPlan plan{kZero, 31};
        plan.finished = false;
        QVERIFY(writeSegment(file, plan));
        const Piece first = pieceAt(kZero + milliseconds{100});
        QVERIFY(first.open && first.fault.isEmpty() && first.to == kZero + milliseconds{1500});
        plan.pictures = 61;
        QVERIFY(writeSegment(file, plan));
        QVERIFY(pieceAt(kZero + milliseconds{100}).to == kZero + milliseconds{1500}); // not at every question
        m_clock->advance(seconds{1});
        QVERIFY(pieceAt(kZero + milliseconds{100}).to == kZero + seconds{3});
        plan.finished = true;
        QVERIFY(writeSegment(file, plan));
        m_clock->advance(seconds{1});
        QVERIFY(!pieceAt(kZero + milliseconds{100}).open);
    }

    void filesThatComeAndGo()
    {
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4")), {kZero}));
        QVERIFY(!pieceAt(kZero + seconds{1}).id.isEmpty());
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141510_camera-gate.mp4")), {kZero + seconds{10}}));
        QVERIFY(pieceAt(kZero + seconds{11}).id.isEmpty());
        m_clock->advance(FolderSource::kListAgain);
        QVERIFY(!pieceAt(kZero + seconds{11}).id.isEmpty());
        QVERIFY(QFile::remove(path(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4"))));
        m_clock->advance(FolderSource::kListAgain);
        QVERIFY(pieceAt(kZero + seconds{1}).id.isEmpty());
        QVERIFY(QDir(m_dir->path()).removeRecursively());
        m_clock->advance(FolderSource::kListAgain);
        const auto gone = m_source->lanes({});
        QVERIFY(!gone && gone.error().kind == ErrorKind::NotFound);
        QVERIFY2(gone.error().text().contains(m_dir->path()), qPrintable(gone.error().text()));
    }

    void manifestsTellReasonsAndCorrectClocks()
    {
        const QString base = path(QStringLiteral("camera-gate/20261121/141500_camera-gate"));
        QVERIFY(writeSegment(path(QStringLiteral("camera-gate/20261121/141400_camera-gate.mp4")), {kZero - seconds{60}}));
        QVERIFY(writeSegment(base + QStringLiteral(".mp4"), {kZero - milliseconds{250}}));
        protocol::Manifest manifest;
        manifest.name.camera = QStringLiteral("gate");
        manifest.name.start = std::chrono::floor<seconds>(kZero);
        manifest.name.run = 7;
        manifest.from = kZero;
        manifest.to = kZero + seconds{2};
        manifest.codec = QStringLiteral("h264");
        manifest.clockRuns = {{7, milliseconds{250}, microseconds{500}, kZero - seconds{10}}};
        manifest.gaps = {{kZero - seconds{58}, kZero, GapReason::SourceLost}};
        QVERIFY(protocol::parseManifest(protocol::toJson(manifest)));
        QVERIFY(writeBytes(base + QStringLiteral(".json"), protocol::toJson(manifest)));
        const QList<CoverageSpan> spans = account(kZero - seconds{60}, kZero + seconds{2}).spans;
        QCOMPARE(spans, (QList<CoverageSpan>{{kZero - seconds{60}, kZero - seconds{58}, std::nullopt, Custody::OnEdge},
                                             {kZero - seconds{58}, kZero, GapReason::SourceLost, {}},
                                             {kZero, kZero + seconds{2}, std::nullopt, Custody::OnEdge}}));
    }

    void aStopEndsTheListing()
    {
        m_stop.request_stop();
        QVERIFY(m_source->lanes(m_stop.get_token()).error().kind == ErrorKind::Cancelled);
        QVERIFY(m_source->lanes({}));
    }
};

QTEST_GUILESS_MAIN(TestFolderSource)
#include "tst_folder_source.moc"
