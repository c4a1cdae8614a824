// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"
#include "core/evidence/segment_check.h"
#include "core/protocol/coverage.h"
#include "core/protocol/manifest.h"
#include "core/review/mark_fetcher.h"
#include "tests/e2e/agent_process.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QtTest>

using namespace vedette;
using test::AgentProcess;

namespace {

constexpr std::int64_t kInterval = 100'000; // µs, of the test camera

const QString kRecorded = QStringLiteral("[recording]\nsegment_seconds = 3600\n") + test::testCamera(QStringLiteral("gate"))
    + QStringLiteral("[camera.recording]\nmode = \"continuous\"\n");

QList<QJsonObject> recordings(AgentProcess &agent)
{
    QList<QJsonObject> all;
    for (const QJsonValue &each : agent.get(QStringLiteral("/api/v1/recordings?camera=gate")).json().value(QLatin1String("recordings")).toArray())
        all.append(each.toObject());
    return all;
}

qint64 number(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toInteger();
}

/// Until the newest file has so many pictures in whole fragments.
bool waitForFrames(AgentProcess &agent, qsizetype files, int frames)
{
    return QTest::qWaitFor([&] {
        const auto all = recordings(agent);
        return all.size() == files && number(all.last(), "frames") >= frames;
    }, 20'000);
}

} // namespace

/// Recording as a whole: the program is killed, started again, and gives an account of every second.
class RecordingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyConsoleSeesTheMarks()
    {
        using review::LaneMark;
        const SystemClock clock;
        AgentProcess agent;
        QVERIFY(agent.start(kRecorded));
        QVERIFY(waitForFrames(agent, 1, 10));
        review::MarkFetcher fetcher;
        std::vector<LaneMark> marks;
        connect(&fetcher, &review::MarkFetcher::marksChanged, this, [&marks](const QString &camera, const std::vector<LaneMark> &now) {
            QCOMPARE(camera, QStringLiteral("gate"));
            marks = now;
        });
        fetcher.setPorts({{QStringLiteral("gate"), QUrl(agent.url())}});
        fetcher.setWatched(true);
        const auto ask = [&agent, &fetcher](const char *command, const QJsonObject &arguments, bool camera) {
            QJsonObject request{{QStringLiteral("command"), QLatin1String(command)}, {QStringLiteral("arguments"), arguments}};
            if (camera)
                request.insert(QStringLiteral("camera"), QStringLiteral("gate"));
            const auto answer = agent.post(QStringLiteral("/api/v1/command"), QJsonDocument(request).toJson());
            QVERIFY2(answer.status == 200, answer.body.constData());
            fetcher.refresh();
        };
        const std::int64_t now = toMicros(clock.utcNow());
        ask("bookmark", {{QStringLiteral("at"), qint64(now - 1'000'000)}, {QStringLiteral("text"), QStringLiteral("the parcel")}, {QStringLiteral("author"), QStringLiteral("guard")}}, true);
        QTRY_COMPARE_WITH_TIMEOUT(marks.size(), std::size_t{1}, 10'000);
        QVERIFY(marks[0].kind == LaneMark::Kind::Bookmark && marks[0].text == QStringLiteral("the parcel"));
        QCOMPARE(toMicros(marks[0].at), now - 1'000'000);
        ask("protect", {{QStringLiteral("from"), qint64(now - 2'000'000)}, {QStringLiteral("to"), qint64(now)}, {QStringLiteral("reason"), QStringLiteral("a fall")},
                        {QStringLiteral("author"), QStringLiteral("guard")}}, true);
        QTRY_COMPARE_WITH_TIMEOUT(marks.size(), std::size_t{2}, 10'000);
        QVERIFY(marks[0].kind == LaneMark::Kind::Protection && marks[0].to && toMicros(*marks[0].to) == now); // by time
        ask("unbookmark", {{QStringLiteral("id"), qint64(*review::MarkFetcher::numberOf(marks[1].id))}}, false);
        QTRY_COMPARE_WITH_TIMEOUT(marks.size(), std::size_t{1}, 10'000);
        ask("unprotect", {{QStringLiteral("id"), qint64(*review::MarkFetcher::numberOf(marks[0].id))}, {QStringLiteral("author"), QStringLiteral("guard")}}, false);
        QTRY_VERIFY_WITH_TIMEOUT(marks.empty(), 10'000);
    }

    void aKilledAgentLosesLessThanASecond()
    {
        const SystemClock clock;
        AgentProcess agent;
        QVERIFY(agent.start(kRecorded));
        QVERIFY(waitForFrames(agent, 1, 30));
        const std::int64_t told = number(recordings(agent).last(), "to_us");
        const std::int64_t killed = toMicros(clock.utcNow());
        agent.child().kill();
        QVERIFY(agent.start(kRecorded));
        QVERIFY(waitForFrames(agent, 2, 10));
        QVERIFY(agent.child().terminate());
        const std::int64_t stopped = toMicros(clock.utcNow());
        // The last picture lasts for one interval: an agent that is back within it leaves no gap.
        QVERIFY(QTest::qWaitFor([&] { return toMicros(clock.utcNow()) > stopped + kInterval; }));
        QVERIFY(agent.start(kRecorded));
        QVERIFY(waitForFrames(agent, 3, 10));

        const auto files = recordings(agent);
        QCOMPARE(files[0].value(QLatin1String("state")).toString(), QStringLiteral("finished"));
        QCOMPARE(files[1].value(QLatin1String("state")).toString(), QStringLiteral("finished"));
        QCOMPARE(files[2].value(QLatin1String("state")).toString(), QStringLiteral("open"));
        QVERIFY(number(files[0], "to_us") >= told);
        QVERIFY2(killed - number(files[0], "to_us") <= 1'000'000, qPrintable(QString::number(killed - number(files[0], "to_us"))));
        QVERIFY(stopped - number(files[1], "to_us") <= 1'000'000);

        const auto coverage = protocol::parseCoverage(agent.get(QStringLiteral("/api/v1/coverage?camera=gate")).body);
        QVERIFY2(coverage, coverage ? "" : qPrintable(coverage.error().text()));
        QStringList spans;
        for (const protocol::CoverageSpan &span : coverage->spans)
            spans.append(span.gap ? toString(*span.gap) : QStringLiteral("recorded"));
        // The agent did not say why it was gone; the second time it did.
        const QStringList wanted = QStringLiteral("starting recorded unknown starting recorded agent_stopped starting recorded").split(u' ');
        QVERIFY2(spans == wanted || spans == wanted.mid(1), qPrintable(spans.join(u' ')));

        // What the account says is what other programs read.
        const QTemporaryDir dir;
        for (const QJsonObject &file : {files[0], files[1]}) {
            const auto media = agent.get(QStringLiteral("/recordings/") + file.value(QLatin1String("id")).toString());
            QCOMPARE(media.status, 200);
            QCOMPARE(media.body.size(), number(file, "bytes"));
            QFile copy(dir.filePath(QStringLiteral("copy.mp4")));
            QVERIFY(copy.open(QIODevice::WriteOnly | QIODevice::Truncate));
            copy.write(media.body);
            copy.close();
            const auto counted = test::runProcess(QStringLiteral("ffprobe"), QStringLiteral("-v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 %1").arg(copy.fileName()).split(u' '),
                                                  milliseconds{30'000});
            QVERIFY(counted);
            QCOMPARE(counted->out.trimmed(), QByteArray::number(number(file, "frames")));
            QVERIFY2(counted->err.trimmed().isEmpty(), counted->err.constData());
            // That of the killed one is made from the file, while the next is recorded.
            const QString where = QStringLiteral("/recordings/%1/manifest").arg(file.value(QLatin1String("id")).toString());
            QVERIFY(QTest::qWaitFor([&] { return agent.get(where).status == 200; }, 20'000));
            const auto manifest = protocol::parseManifest(agent.get(where).body);
            QVERIFY2(manifest, manifest ? "" : qPrintable(manifest.error().text()));
            QVERIFY(manifest->sha256 == Sha256::of(media.body));
            QCOMPARE(manifest->frames(), number(file, "frames"));
            const auto hashes = evidence::hashSegment(copy.fileName());
            QVERIFY(hashes && evidence::compareSegment(*manifest, *hashes).isEmpty());
        }
    }

    /// A floor that no disk reaches: all but what is being recorded goes, and the account says so.
    void theOldestMakeRoom()
    {
        AgentProcess agent;
        QVERIFY(agent.start(kRecorded));
        QVERIFY(waitForFrames(agent, 1, 10));
        QVERIFY(agent.child().terminate());
        QString full = kRecorded;
        QVERIFY(agent.start(full.replace(QLatin1String("[recording]\n"), QLatin1String("[recording]\nmin_free_mb = 10000000\n"))));
        QVERIFY(waitForFrames(agent, 2, 10));
        const auto state = [&](qsizetype file) { return recordings(agent)[file].value(QLatin1String("state")).toString(); };
        QTRY_COMPARE_WITH_TIMEOUT(state(0), QStringLiteral("expired"), 20'000);
        QCOMPARE(state(1), QStringLiteral("open"));
        const auto gone = agent.get(QStringLiteral("/recordings/") + recordings(agent)[0].value(QLatin1String("id")).toString());
        QCOMPARE(gone.status, 404);
        QVERIFY2(gone.body.contains("by the rule"), gone.body.constData());
        QVERIFY(agent.get(QStringLiteral("/api/v1/coverage?camera=gate")).body.contains("\"custody\":\"expired\""));
    }

    /// An agent that cannot have its folder still shows its camera, and says why it does not record.
    void liveGoesOnWithoutTheFolder()
    {
        const QTemporaryDir dir;
        AgentProcess agent;
        const QString folder = QStringLiteral("[recording]\nfolder = \"%1/recordings\"\n").arg(dir.path());
        QVERIFY(agent.start(folder + test::testCamera(QStringLiteral("gate")) + QStringLiteral("[camera.recording]\nmode = \"continuous\"\n")));
        QVERIFY(waitForFrames(agent, 1, 10));
        // A second agent on the same folder records nothing and goes on.
        AgentProcess second(QStringLiteral("pi-2"));
        QVERIFY(second.start(folder + test::testCamera(QStringLiteral("gate")) + QStringLiteral("[camera.recording]\nmode = \"continuous\"\n")));
        QVERIFY(QTest::qWaitFor([&] { return second.get(QStringLiteral("/ready")).status == 200; }, 20'000));
        const auto stage = [&second] {
            return second.get(QStringLiteral("/camera/status")).json().value(QLatin1String("cameras")).toArray().first().toObject()
                .value(QLatin1String("stages")).toObject().value(QLatin1String("recording")).toObject();
        };
        QCOMPARE(stage().value(QLatin1String("state")).toString(), QStringLiteral("waiting"));
        QVERIFY2(stage().value(QLatin1String("reason")).toString().contains(QLatin1String("recordings")), qPrintable(stage().value(QLatin1String("reason")).toString()));
        QCOMPARE(second.get(QStringLiteral("/api/v1/recordings?camera=gate")).status, 503);
        // A third cannot even make it.
        const QString file = dir.filePath(QStringLiteral("file"));
        QVERIFY(QFile(file).open(QIODevice::WriteOnly | QIODevice::NewOnly));
        AgentProcess third(QStringLiteral("pi-3"));
        QVERIFY(third.start(QString(folder).replace(QLatin1String("/recordings"), QLatin1String("/file/recordings")) + test::testCamera(QStringLiteral("gate"))
                            + QStringLiteral("[camera.recording]\nmode = \"continuous\"\n")));
        QVERIFY(QTest::qWaitFor([&] { return third.get(QStringLiteral("/ready")).status == 200; }, 20'000));
        QVERIFY(QFile::remove(file));
        QVERIFY(waitForFrames(third, 1, 10));
        // Once it can have the folder it records by itself.
        QVERIFY(agent.child().terminate());
        QVERIFY(QTest::qWaitFor([&] { return stage().value(QLatin1String("state")).toString() == QLatin1String("running"); }, 10'000));
        QVERIFY(waitForFrames(second, 2, 10));
    }
};

QTEST_GUILESS_MAIN(RecordingTest)
#include "tst_recording.moc"
