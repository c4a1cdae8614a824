// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/recording_routes.h"

#include "core/protocol/capture_jpeg.h"
#include "core/protocol/time_range.h"
#include "edge-agent/http/http_server.h"
#include "edge-agent/recordings/catalog.h"
#include "tests/edge-agent/http/raw_client.h"
#include "tests/edge-agent/recordings/recording_folder.h"
#include "tests/support/manual_clock.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using protocol::GapReason;
using std::chrono::seconds;
using test::bytesSegment;

namespace {

const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};

struct Answered {
    int status = 0;
    QByteArray head; ///< with a line feed before and after each field
    QByteArray body;
    QString detail() const { return QJsonDocument::fromJson(body).object()[QStringLiteral("error")].toObject()[QStringLiteral("detail")].toString(); }
};

} // namespace

class TestRecordingRoutes : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<test::ManualClock> m_clock;
    std::unique_ptr<Catalog> m_catalog;
    std::unique_ptr<HttpServer> m_server;
    UtcTime m_zero;

    Answered get(const QByteArray &target, const QByteArray &fields = {}, const QByteArray &method = "GET")
    {
        test::RawClient client(m_server->port());
        client.send(method + ' ' + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n");
        if (!QTest::qWaitFor([&] { return client.closed(); }, 20'000))
            return {};
        const QByteArray all = client.poll();
        return {client.status(), all.left(all.indexOf("\r\n\r\n") + 2), client.body()};
    }
    RecordedSegment open(const QByteArray &content = {})
    {
        const auto segment = bytesSegment(kGate.camera, std::chrono::floor<seconds>(m_clock->utcNow()));
        if (!test::writeFile(fileOf(segment), content))
            qFatal("the file cannot be written");
        m_catalog->segmentOpened(segment);
        return segment;
    }
    RecordedSegment record(const QByteArray &content)
    {
        const RecordedSegment segment = open(content);
        m_clock->advance(milliseconds{100} * content.size());
        const auto whole = bytesSegment(kGate.camera, *segment.name.start, static_cast<int>(content.size()));
        m_catalog->segmentFinished(whole, true);
        return whole;
    }
    QString fileOf(const RecordedSegment &segment) const { return m_dir->filePath(segment.name.path()); }
    static QByteArray target(const RecordedSegment &segment) { return "/recordings/" + segment.name.id().toLatin1(); }

    void start()
    {
        auto catalog = Catalog::open({m_dir->path(), {kGate}, QStringLiteral("boot"),
                                      [clock = m_clock.get()] { return LedgerTime{clock->now(), clock->utcNow(), true}; }, test::recoverBytes, {}});
        QVERIFY(catalog);
        m_catalog = std::move(*catalog);
        m_server = std::make_unique<HttpServer>();
        addRecordingRoutes(*m_server, [this]() -> Result<Catalog *> { return m_catalog.get(); }, *m_clock);
        QVERIFY(m_server->start(QStringLiteral("127.0.0.1"), 0));
    }

private Q_SLOTS:
    void init()
    {
        m_server.reset();
        m_catalog.reset();
        m_dir = std::make_unique<QTemporaryDir>();
        m_clock = std::make_unique<test::ManualClock>();
        m_zero = m_clock->utcNow();
        start();
    }
    void cleanup()
    {
        m_server.reset();
        m_catalog.reset();
    }

    void thumbnails()
    {
        const auto segment = record(QByteArray(80, 'p')); // no film
        const auto detail = [&](const QByteArray &query) {
            const Answered answer = get(target(segment) + "/thumb.jpg" + query);
            return QString::number(answer.status) + u' ' + answer.detail();
        };
        const auto from = toMicros(segment.from);
        QCOMPARE(detail("?t=yesterday"), QStringLiteral("400 t: \"yesterday\" is not a whole number from 0 to %1.").arg(protocol::kMaxTimeMicros));
        QCOMPARE(detail("?t=12:00"), QStringLiteral("400 t: \"12:00\" is not a time such as 2026-11-21T14:15:00Z"));
        QCOMPARE(detail("?width=0"), QStringLiteral("400 width: \"0\" is not a whole number from 16 to 1920."));
        QCOMPARE(detail("?t=" + QByteArray::number(static_cast<qlonglong>(from - 1))),
                 QStringLiteral("404 t: recording %1 goes from %2 to %3.").arg(segment.name.id()).arg(from).arg(toMicros(segment.to)));
        QVERIFY2(detail({}).contains(QStringLiteral("Recording ") + segment.name.id()), qPrintable(detail({}))); // whatever is wrong with it
        QVERIFY(!detail({}).startsWith(u'2'));
        QVERIFY(QFile::remove(fileOf(segment)));
        QVERIFY2(detail({}).startsWith(QStringLiteral("404 ")), qPrintable(detail({})));
        QCOMPARE(get("/recordings/gate-20200101T000000/thumb.jpg").status, 404);
        QCOMPARE(get("/recordings/..%2f/thumb.jpg").status, 400);
    }

    void figures()
    {
        m_catalog->gapBegan(kGate, m_zero, GapReason::Starting);
        m_clock->advance(std::chrono::hours{6});
        const auto segment = record(QByteArray(72'000, 'p')); // two hours
        m_clock->advance(seconds{10});
        QVERIFY(QTest::qWaitFor([&] { return m_catalog->figures().lanes[kGate].lastEnd == segment.to; }, 20'000));
        RecordingFigures figures = m_catalog->figures();
        QVERIFY(std::abs(*figures.lanes[kGate].coverage - 0.25) < 0.001);
        QVERIFY(figures.usedBytes == 72'000 && figures.protectedBytes == 0);
        QVERIFY(*figures.sizeBytes >= *figures.freeBytes && *figures.freeBytes > 0);
        // 72 kB in eight hours, as far as there is room.
        QVERIFY(std::abs(*figures.keepsDays / (static_cast<double>(*figures.freeBytes + figures.usedBytes) / 216'000) - 1) < 0.01);
    }

    /// They outlive a catalog that breaks: the files do not say what is protected.
    void protections()
    {
        using Protections = QList<protocol::Protection>;
        record(QByteArray(80, 'p'));
        const auto protect = [this](const QString &camera, const QString &stream) {
            const protocol::Protection wanted{0, {camera, stream}, m_zero, m_zero + seconds{5}, QStringLiteral("a fall"), QStringLiteral("guard"), {}};
            return test::answerOf<Protections>([&](auto answer) { m_catalog->protect(wanted, answer); });
        };
        const auto listed = [this](const QByteArray &query = {}) { return protocol::parseProtections(get("/api/v1/protections" + query).body).value(); };
        const auto made = protect(kGate.camera, {});
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().text()));
        QCOMPARE(made->size(), 1);
        QVERIFY(made->first().lane == kGate && made->first().id > 0);
        QVERIFY(protect(QStringLiteral("yard"), {}).error().kind == ErrorKind::NotFound);
        QVERIFY(protect(kGate.camera, QStringLiteral("sub")).error().kind == ErrorKind::NotFound);
        QVERIFY(listed() == *made && listed("?camera=gate") == *made && listed("?camera=yard").isEmpty());
        QCOMPARE(get("/api/v1/protections?camera=..").status, 400);

        const QString file = m_dir->filePath(QLatin1String(Catalog::kFileName));
        cleanup();
        QVERIFY(test::writeFile(file, QByteArray(8192, 'x')));
        start();
        QVERIFY(listed() == *made);
        cleanup();
        QVERIFY(QFile::remove(file)); // as after fsck set it aside
        start();
        QVERIFY(listed() == *made);
        const auto gone = test::answerOf<protocol::Protection>([&](auto answer) { m_catalog->unprotect(made->first().id, answer); });
        QVERIFY(gone && *gone == made->first() && listed().isEmpty());
        QVERIFY(test::answerOf<protocol::Protection>([&](auto answer) { m_catalog->unprotect(made->first().id, answer); }).error().kind == ErrorKind::NotFound);
    }

    void coverage()
    {
        m_catalog->gapBegan(kGate, m_zero, GapReason::Starting);
        m_clock->advance(seconds{2});
        record(QByteArray(80, 'p'));
        m_catalog->gapBegan(kGate, m_clock->utcNow(), GapReason::SourceLost);
        m_clock->advance(seconds{10});
        const Answered all = get("/api/v1/coverage?camera=gate");
        QCOMPARE(all.status, 200);
        const auto told = protocol::parseCoverage(all.body);
        QVERIFY2(told, all.body.constData());
        QCOMPARE(told->spans.size(), 3);
        QVERIFY(told->from == m_zero && told->to == m_zero + seconds{20});
        QCOMPARE(*told->ratio(), 0.4);
        const auto zero = static_cast<qlonglong>(toMicros(m_zero));
        const Answered part = get("/api/v1/coverage?camera=gate&stream=main&from=" + QByteArray::number(zero + 4'000'000) + "&to=" + QByteArray::number(zero + 6'000'000));
        QCOMPARE(*protocol::parseCoverage(part.body)->ratio(), 1.0);
        // Before the first second, nothing is owed and nothing told.
        const Answered before = get("/api/v1/coverage?camera=gate&from=0&to=5");
        QVERIFY2(protocol::parseCoverage(before.body)->spans.isEmpty() && !before.body.contains("ratio"), before.body.constData());
    }

    void pages()
    {
        QStringList ids;
        for (int i = 0; i < 7; ++i)
            ids.append(record(QByteArray(30, 'p')).name.id());
        const auto first = protocol::parseRecordingPage(get("/api/v1/recordings?camera=gate&limit=4").body);
        QVERIFY(first);
        QCOMPARE(first->recordings.size(), 4);
        QCOMPARE(first->next, ids[3]);
        const auto rest = protocol::parseRecordingPage(get("/api/v1/recordings?camera=gate&limit=4&after=" + first->next.toLatin1()).body);
        QCOMPARE(rest->recordings.size(), 3);
        QCOMPARE(rest->recordings.last().name.id(), ids[6]);
        QCOMPARE(rest->recordings.last().bytes, 30);
        QVERIFY(rest->next.isEmpty());
    }

    void questionsThatAreNone_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("named");
        const auto row = [](const char *target, int status, const char *named) { QTest::newRow(target) << QByteArray(target) << status << QString::fromLatin1(named); };
        row("/api/v1/coverage", 400, "camera");
        row("/api/v1/coverage?camera=../gate", 400, "camera");
        row("/api/v1/coverage?camera=yard", 404, "yard");
        row("/api/v1/coverage?camera=gate&stream=third", 400, "stream");
        row("/api/v1/coverage?camera=gate&from=yesterday", 400, "from");
        row("/api/v1/coverage?camera=gate&from=-1", 400, "from");
        row("/api/v1/coverage?camera=gate&to=253402300800000000", 400, "to");
        row("/api/v1/coverage?camera=gate&from=5&to=5", 400, "to");
        row("/api/v1/recordings?camera=gate&limit=0", 400, "limit");
        row("/api/v1/recordings?camera=gate&limit=1001", 400, "limit");
        row("/api/v1/recordings?camera=gate&after=gate-20200101T000000", 404, "after");
        row("/api/v1/recordings?camera=gate&after='", 404, "after");
        row("/recordings/gate-20200101T000000", 404, "gate-20200101T000000");
        row("/recordings/gate-20200101T250000", 400, "is not the name");
        row("/recordings/gate-20200101T000000.mp4", 400, "is not the name");
        row("/recordings/..", 400, "is not the name");
        row("/recordings/..%2fcatalog.db", 400, "is not the name");
        row("/recordings/%2fetc%2fpasswd", 400, "is not the name");
        row("/recordings/catalog.db", 400, "is not the name");
    }
    void questionsThatAreNone()
    {
        QFETCH(QByteArray, target);
        QFETCH(int, status);
        QFETCH(QString, named);
        record("p");
        const Answered answer = get(target);
        QCOMPARE(answer.status, status);
        QVERIFY2(answer.detail().contains(named), answer.body.constData());
    }

    void aFile()
    {
        QByteArray content;
        for (int i = 0; i < 100'000; ++i)
            content += QByteArray::number(i);
        const auto segment = record(content);
        const Answered whole = get(target(segment));
        QCOMPARE(whole.status, 200);
        QVERIFY(whole.body == content);
        QVERIFY(whole.head.contains("\r\nContent-Type: video/mp4\r\n") && !whole.head.contains("X-Segment-Open"));
        const Answered part = get(target(segment), "Range: bytes=1000-1999\r\n");
        QCOMPARE(part.status, 206);
        QVERIFY(part.head.contains("\r\nContent-Range: bytes 1000-1999/" + QByteArray::number(content.size()) + "\r\n"));
        QVERIFY(part.body == content.mid(1000, 1000));
        QCOMPARE(get(target(segment), "Range: bytes=99999999-\r\n").status, 416);
        QVERIFY(get(target(segment), {}, "HEAD").body.isEmpty());
        QVERIFY(QFile::remove(fileOf(segment)));
        const Answered gone = get(target(segment));
        QCOMPARE(gone.status, 404);
        QVERIFY2(gone.detail().contains(QLatin1String("lost")), gone.body.constData());
        QVERIFY(QFile::link(QStringLiteral("/etc/passwd"), fileOf(segment)));
        QVERIFY(get(target(segment)).status >= 400);
    }

    void anOpenSegmentGivesWholeFragments()
    {
        RecordedSegment segment = open("first fragment, then half of the sec");
        segment = bytesSegment(kGate.camera, *segment.name.start, 14);
        m_catalog->segmentProgressed(segment);
        const Answered whole = get(target(segment));
        QCOMPARE(whole.status, 200);
        QCOMPARE(whole.body, QByteArray("first fragment"));
        QVERIFY(whole.head.contains("\r\nX-Segment-Open: 1\r\n"));
        const Answered part = get(target(segment), "Range: bytes=6-\r\n");
        QCOMPARE(part.status, 206);
        QVERIFY(part.head.contains("\r\nContent-Range: bytes 6-13/*\r\n"));
        const auto etagOf = [](const Answered &answer) { return answer.head.mid(answer.head.indexOf("\r\nETag: ")).split('\n').value(1).trimmed(); };
        // More of it: what a reader has is no longer the whole.
        segment.bytes = segment.frames = 36;
        m_catalog->segmentProgressed(segment);
        const Answered more = get(target(segment), "Range: bytes=14-\r\nIf-Range: " + etagOf(part).mid(6) + "\r\n");
        QCOMPARE(more.status, 200);
        QVERIFY(etagOf(more) != etagOf(part) && etagOf(whole) == etagOf(part));
        QCOMPARE(get(target(segment), "Range: bytes=14-\r\n").body, QByteArray(", then half of the sec"));
        m_catalog->segmentFinished(segment, true);
        const Answered finished = get(target(segment));
        QVERIFY(!finished.head.contains("X-Segment-Open") && etagOf(finished) != etagOf(more));
    }

    void timesAreNumbersOrTexts()
    {
        const auto segment = record("pppp");
        const QByteArray list = "/api/v1/recordings?camera=gate&from=";
        const auto text = [](UtcTime time) { return protocol::captureTimeText({1, 1, 1, time, {}, true}).split(';').first(); };
        QCOMPARE(get(list + text(segment.from)).body, get(list + QByteArray::number(qlonglong{toMicros(segment.from)})).body);
        QVERIFY(get(list + text(segment.from)).body.contains(segment.name.id().toLatin1()));
        QVERIFY(!get(list + text(segment.to)).body.contains(segment.name.id().toLatin1()));
        for (const char *route : {"coverage", "recordings"}) {
            const Answered refused = get(QByteArray("/api/v1/") + route + "?camera=gate&to=2026-11-21T14:15:00");
            QCOMPARE(QString::number(refused.status) + u' ' + refused.detail(), QStringLiteral("400 to: \"2026-11-21T14:15:00\" is not a time such as 2026-11-21T14:15:00Z"));
        }
    }

    /// JSON as it lies in the folder, with an ETag; also when the media is gone.
    void aManifest()
    {
        const auto segment = record("pppp");
        const QByteArray target = "/recordings/" + segment.name.id().toLatin1() + "/manifest";
        QCOMPARE(get(target).status, 404);
        QVERIFY(get(target).detail().contains(QLatin1String("no manifest yet")));
        const QByteArray json = "{\"version\":1}";
        QVERIFY(test::writeFile(m_dir->filePath(segment.name.manifestPath()), json));
        const Answered whole = get(target);
        QCOMPARE(whole.status, 200);
        QCOMPARE(whole.body, json);
        const QByteArray etag = '"' + toHex(Sha256::of(json)).toLatin1() + '"';
        QVERIFY2(whole.head.contains("\nETag: " + etag + "\r\n"), whole.head.constData());
        const Answered known = get(target, "If-None-Match: " + etag + "\r\n");
        QCOMPARE(known.status, 304);
        QCOMPARE(known.body, QByteArray());
        QCOMPARE(get(target, "If-None-Match: \"other\"\r\n").status, 200);
        QVERIFY(QFile::remove(fileOf(segment)));
        QCOMPARE(get(target).status, 200);
        QCOMPARE(get("/recordings/gate-20200101T000000/manifest").status, 404);
        QCOMPARE(get("/recordings/..%2f/manifest").status, 400);
    }
};

QTEST_GUILESS_MAIN(TestRecordingRoutes)
#include "tst_recording_routes.moc"
