// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/relay_source.h"

#include "tests/core/media/scripted_server.h"
#include "tests/core/recordings/recorded_files.h"
#include "tests/support/manual_clock.h"
#include "tests/support/mediamtx.h"

#include <QDateTime>
#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>
#include <QUrlQuery>

#include <mutex>

using namespace vedette;
using namespace vedette::recordings;
using protocol::CoverageSpan;
using protocol::Custody;
using protocol::GapReason;
using std::chrono::seconds;
using test::ScriptedServer;

namespace {

const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};

UtcTime utc(const char *text)
{
    return utcFromMicros(QDateTime::fromString(QString::fromLatin1(text), Qt::ISODateWithMs).toMSecsSinceEpoch() * 1000);
}

/// Plays back what the real server answered once; remembers what was asked.
class Captured {
public:
    /// An answer's file by the question it is for.
    explicit Captured(std::function<QString(const QUrlQuery &)> which) : m_which(std::move(which)) {}
    QString url() const { return QStringLiteral("http://viewer:viewerpass@127.0.0.1:%1").arg(m_server.port()); }
    QList<QByteArray> requests() const
    {
        const std::lock_guard lock(m_mutex);
        return m_requests;
    }

private:
    void serve(QTcpSocket &socket)
    {
        const QByteArray request = ScriptedServer::readRequest(socket);
        if (request.isEmpty())
            return;
        {
            const std::lock_guard lock(m_mutex);
            m_requests.append(request);
        }
        const QUrl url = QUrl::fromEncoded(request.split(' ').value(1));
        QFile file(QStringLiteral(TEST_DATA_DIR "/mediamtx-playback/%1.txt").arg(m_which(QUrlQuery(url))));
        if (!file.open(QIODevice::ReadOnly))
            return;
        const QByteArray all = file.readAll();
        const QByteArray head = all.mid(all.indexOf("\nHTTP/1.1") + 1, all.indexOf("\n\n(body") - all.indexOf("\nHTTP/1.1") - 1);
        const QByteArray body = all.mid(all.indexOf("raw body: ") + 10).trimmed();
        ScriptedServer::send(socket, QByteArray(head).replace("\r", "").replace("\n", "\r\n").replace("Content-Length", "X-Length")
                                         + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    }

    const std::function<QString(const QUrlQuery &)> m_which;
    mutable std::mutex m_mutex; // guards m_requests
    QList<QByteArray> m_requests;
    ScriptedServer m_server{[this](QTcpSocket &socket, std::stop_token) { serve(socket); }};
};

} // namespace

class TestRelaySource : public QObject {
    Q_OBJECT

    test::ManualClock m_clock;

    RelayAddress address(const Captured &server, const QStringList &paths = {QStringLiteral("cam01")})
    {
        return {QStringLiteral("site"), server.url(), {}, paths};
    }

private Q_SLOTS:
    void entriesBecomePieces()
    {
        Captured server([](const QUrlQuery &) { return QStringLiteral("pb-list-gaps"); });
        RelaySource relay(address(server, {QStringLiteral("cam01"), QStringLiteral("Cam_01/sub")}), m_clock);
        const auto lanes = relay.lanes({});
        QVERIFY2(lanes, qPrintable(lanes ? QString() : lanes.error().text()));
        QCOMPARE(lanes->size(), 2);
        QCOMPARE(lanes->at(0).lane, (RecordingLane{QStringLiteral("cam-01"), QStringLiteral("sub")}));
        const RecordingLane lane{QStringLiteral("cam01"), QStringLiteral("main")};
        QCOMPARE(lanes->at(1).lane, lane);
        QVERIFY(lanes->at(1).first == utc("2026-11-21T06:16:06.487Z") + microseconds{162});
        const auto pieces = relay.pieces(lane, utc("2026-11-21T06:18:50Z"), utc("2026-11-21T06:18:51Z"), {});
        QVERIFY(pieces && pieces->size() == 1);
        QVERIFY(pieces->first().from == utc("2026-11-21T06:18:48.403Z") + microseconds{549} && pieces->first().to - pieces->first().from == microseconds{14'801'693});
        const auto account = relay.account(lane, utc("2026-11-21T06:18:50Z"), utc("2026-11-21T06:19:20Z"), {});
        QCOMPARE(account->spans.size(), 3);
        QVERIFY(account->spans[1].gap == GapReason::Unknown && account->spans[1].to == utc("2026-11-21T06:19:10.445Z") + microseconds{953});
        QVERIFY(server.requests().last().contains("start=2026-11-21T06:18:50.000000Z&end=2026-11-21T06:19:20.000000Z"));
        QVERIFY(server.requests().last().contains("Authorization: Basic dmlld2VyOnZpZXdlcnBhc3M="));
    }

    void answersThatAreNone_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<bool>("good");
        for (const char *file : {"pb-list-norec", "pb-list-in-gap", "pb-list-end-before-start-same-segment"})
            QTest::newRow(file) << QString::fromLatin1(file) << true;
        QTest::newRow("pb-list-noauth") << QStringLiteral("pb-list-noauth") << false;
    }
    void answersThatAreNone()
    {
        QFETCH(QString, file);
        QFETCH(bool, good);
        Captured server([file](const QUrlQuery &) { return file; });
        RelaySource relay(address(server), m_clock);
        const auto pieces = relay.pieces(kGate, utc("2026-11-21T06:17:02Z"), utc("2026-11-21T06:17:05Z"), {});
        QCOMPARE(pieces.has_value(), good);
        if (good) {
            QVERIFY(pieces->isEmpty());
        } else {
            QVERIFY(pieces.error().kind == ErrorKind::Denied);
            QVERIFY2(pieces.error().text().startsWith(QLatin1String("relay site: ")) && !pieces.error().text().contains(QLatin1String("viewer")), qPrintable(pieces.error().text()));
        }
    }

    void oneBrokenFileHidesLittle()
    {
        const UtcTime broken = utc("2026-11-21T06:40:10Z");
        Captured server([broken](const QUrlQuery &query) {
            const auto time = [&query](const char *key) { return utc(query.queryItemValue(QString::fromLatin1(key)).left(19).append(QLatin1String("Z")).toLatin1().constData()); };
            return time("start") <= broken && time("end") > broken ? QStringLiteral("pb-list-empty-segment") : QStringLiteral("pb-list-in-gap");
        });
        RelaySource relay(address(server), m_clock);
        const auto account = relay.account(kGate, utc("2026-11-21T06:00:00Z"), utc("2026-11-21T07:00:00Z"), {});
        QVERIFY2(account, qPrintable(account ? QString() : account.error().text()));
        QCOMPARE(account->spans.size(), 1);
        QVERIFY(!account->spans[0].gap && account->spans[0].custody == Custody::Lost);
        QVERIFY(account->spans[0].from <= broken && account->spans[0].to > broken && account->spans[0].to - account->spans[0].from <= RelaySource::kSmallestPart);
        QVERIFY(server.requests().size() < 20);
        const auto pieces = relay.pieces(kGate, broken, broken + microseconds{1}, {});
        QVERIFY(pieces && pieces->size() == 1);
        QVERIFY2(pieces->first().fault.contains(QLatin1String("relay site cannot list gate from")), qPrintable(pieces->first().fault));
        const auto reader = relay.open(kGate, pieces->first(), {});
        QVERIFY(!reader && reader.error().kind == ErrorKind::Corrupt);
    }

    void aRealServer()
    {
        if (!test::MediaMtx::available())
            QSKIP("no mediamtx on PATH");
        QTemporaryDir dir;
        test::MediaMtxOptions options;
        options.recordTo = dir.filePath(QStringLiteral("rec"));
        test::MediaMtx server(options);
        QVERIFY(server.start());
        // Stamped with the time at which it is published, as an agent's would be.
        SystemClock clock;
        test::SegmentPlan plan{clock.utcNow(), 100};
        const QString clip = dir.filePath(QStringLiteral("clip.mp4"));
        QVERIFY(test::writeSegment(clip, plan));
        const auto published = test::runProcess(QStringLiteral("ffmpeg"), {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-re"), QStringLiteral("-i"), clip, QStringLiteral("-c"), QStringLiteral("copy"), QStringLiteral("-f"), QStringLiteral("rtsp"), QStringLiteral("-rtsp_transport"), QStringLiteral("tcp"), server.rtspUrl(QStringLiteral("gate"))}, milliseconds{30'000});
        QVERIFY2(published && published->exitCode == 0, published ? published->err.constData() : "");
        RelaySource relay({QStringLiteral("real"), QStringLiteral("http://127.0.0.1:%1").arg(server.playbackPort()), QStringLiteral("http://127.0.0.1:%1").arg(server.apiPort()), {}}, clock);
        Result<QList<LaneExtent>> lanes = QList<LaneExtent>();
        QTRY_VERIFY_WITH_TIMEOUT((lanes = relay.lanes({})) && lanes->size() == 1 && lanes->first().last - lanes->first().first >= milliseconds{4'500}, 10'000);
        QVERIFY(lanes->first().lane == kGate);
        const UtcTime first = lanes->first().first;
        const UtcTime last = lanes->first().last;
        const auto account = relay.account(kGate, first - seconds{60}, last + seconds{60}, {});
        QCOMPARE(account->spans, (QList<CoverageSpan>{{first, last, std::nullopt, Custody::OnEdge}}));
        const auto pieces = relay.pieces(kGate, first + seconds{1}, first + seconds{1} + microseconds{1}, {});
        QVERIFY(pieces && pieces->size() == 1);
        auto reader = relay.open(kGate, pieces->first(), {});
        QVERIFY2(reader, qPrintable(reader ? QString() : reader.error().text()));
        // Every picture once and in order over the borders of files and slices.
        QList<quint64> numbers;
        auto packet = (*reader)->read({});
        QVERIFY(packet && (*packet)->key);
        microseconds pts{-1};
        for (; packet; packet = (*reader)->read({})) {
            if (media::isSound((*packet)->codec))
                continue;
            QVERIFY((*packet)->pts > pts);
            pts = (*packet)->pts;
            numbers.append((*packet)->capture->sequence);
        }
        QVERIFY(packet.error().kind == ErrorKind::NotFound);
        QVERIFY2(numbers.size() >= 90, qPrintable(QString::number(numbers.size())));
        for (qsizetype i = 1; i < numbers.size(); ++i)
            QCOMPARE(numbers[i], numbers[i - 1] + 1);
        // A seek begins with the key frame before it.
        const UtcTime wanted = first + milliseconds{2'770};
        QVERIFY((*reader)->seek(wanted, {}));
        packet = (*reader)->read({});
        QVERIFY(packet && (*packet)->key);
        const quint64 key = (*packet)->capture->sequence;
        QVERIFY(key % 10 == 0 && (*packet)->capture->captured <= wanted);
        for (quint64 next = key + 1; next < key + 30; ++next) {
            packet = (*reader)->read({});
            QVERIFY(packet);
            QCOMPARE((*packet)->capture->sequence, next);
        }
        // A file that was emptied hides itself and not the others.
        QDirIterator files(options.recordTo, {QStringLiteral("*.mp4")}, QDir::Files, QDirIterator::Subdirectories);
        QVERIFY(files.hasNext());
        QStringList names;
        while (files.hasNext())
            names.append(files.next());
        names.sort();
        QVERIFY(names.size() >= 2);
        QVERIFY(QFile::resize(names.first(), 0));
        const auto broken = relay.account(kGate, first - std::chrono::hours{1}, last + std::chrono::hours{1}, {});
        QVERIFY2(broken, qPrintable(broken ? QString() : broken.error().text()));
        QVERIFY(std::any_of(broken->spans.begin(), broken->spans.end(), [](const CoverageSpan &each) { return each.custody == Custody::Lost && !each.gap; }));
    }

    void nobodyThere()
    {
        RelaySource relay({QStringLiteral("gone"), QStringLiteral("http://u:secret@127.0.0.1:%1").arg(test::freePort()), {}, {QStringLiteral("gate")}}, m_clock);
        const auto lanes = relay.lanes({});
        QVERIFY(!lanes && lanes.error().kind == ErrorKind::Unavailable);
        QVERIFY(!lanes.error().text().contains(QLatin1String("secret")));
    }
};

QTEST_GUILESS_MAIN(TestRelaySource)
#include "tst_relay_source.moc"
