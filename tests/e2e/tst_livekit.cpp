// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/livekit.h"
#include "tests/e2e/agent_process.h"
#include "tests/support/canned_http.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::test;
using namespace std::chrono_literals;

namespace {

const QStringList kAccess{QStringLiteral("LIVEKIT_API_KEY=APIkey"), QStringLiteral("LIVEKIT_API_SECRET=hidden-secret-of-thirty-two-chars")};

QJsonObject claimsOf(const QString &token)
{
    return QJsonDocument::fromJson(QByteArray::fromBase64(token.section(u'.', 1, 1).toLatin1(), QByteArray::Base64UrlEncoding)).object();
}

} // namespace

/// What the agent does with LiveKit, as a user runs it. The server's side is canned: its answers are those of its API.
class TestLiveKitProgram : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;

    struct Ran {
        int code = -1;
        QString out;
        QString err;
    };
    Ran ingress(const QStringList &arguments, const QStringList &environment = kAccess)
    {
        ChildProcess child;
        if (!child.start(agentProgram(), QStringList{QStringLiteral("livekit-ingress")} + arguments, environment) || !waitUntil([&] { return !child.running(); }, 20s))
            return {};
        return {child.exitCode(), QString::fromUtf8(child.out()), QString::fromUtf8(child.err())};
    }
    QStringList usual(const QUrl &url, const QString &file)
    {
        return {QStringLiteral("--url"), url.toString(), QStringLiteral("--room"), QStringLiteral("yard"), QStringLiteral("--name"), QStringLiteral("gate"), QStringLiteral("--out"), file};
    }

private Q_SLOTS:
    void makesAnIngress()
    {
        CannedHttp server;
        server.on(QString::fromLatin1(net::kCreateIngressPath), {"{\"ingress_id\":\"IN_1\",\"stream_key\":\"k-1\",\"url\":\"rtmp://ingest.example.org/x\"}"});
        const QString file = m_dir.filePath(QStringLiteral("gate.key"));
        QFile before(file); // readable by all, as somebody left it
        QVERIFY(before.open(QIODevice::WriteOnly));
        before.close();
        QVERIFY(before.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadOther));
        const Ran ran = ingress(usual(server.url(), file));
        QVERIFY2(ran.code == 0, qPrintable(ran.err));
        QVERIFY2(ran.out.contains(QStringLiteral("url = \"rtmp://ingest.example.org/x\"")) && ran.out.contains(QStringLiteral("key_file = \"%1\"").arg(file)), qPrintable(ran.out));
        QVERIFY(!ran.out.contains(QStringLiteral("k-1")));
        QFile made(file);
        QVERIFY(made.open(QIODevice::ReadOnly));
        QCOMPARE(made.readAll(), QByteArray("k-1\nrtmp://ingest.example.org/x\n"));
        QCOMPARE(QFileInfo(file).permissions() & (QFileDevice::ReadGroup | QFileDevice::ReadOther | QFileDevice::WriteGroup | QFileDevice::WriteOther), QFileDevice::Permissions());
        QCOMPARE(server.requests().size(), 1);
        const auto &request = server.requests().first();
        QCOMPARE(request.method, QByteArray("POST"));
        QCOMPARE(request.body, net::createIngressRequest(QStringLiteral("yard"), QStringLiteral("gate")));
        const qsizetype at = request.header.toLower().indexOf("authorization: bearer ");
        QVERIFY(at > 0 && request.header.toLower().contains("content-type: application/json"));
        const QString token = QString::fromLatin1(request.header.mid(at + 22, request.header.indexOf('\r', at) - at - 22));
        QCOMPARE(claimsOf(token).value(QLatin1String("iss")).toString(), QStringLiteral("APIkey"));
        QVERIFY(claimsOf(token).value(QLatin1String("video")).toObject().value(QLatin1String("ingressAdmin")).toBool());
        QCOMPARE(token.section(u'.', 2).toLatin1(), net::signHs256(token.section(u'.', 0, 1).toLatin1(), Secret(QStringLiteral("hidden-secret-of-thirty-two-chars"))));
    }

    void saysWhatIsWrong()
    {
        CannedHttp server;
        server.on(QString::fromLatin1(net::kCreateIngressPath), {"{\"code\":\"unauthenticated\",\"msg\":\"permissions denied\"}", 401});
        const QString file = m_dir.filePath(QStringLiteral("none.key"));
        Ran ran = ingress(usual(server.url(), file));
        QCOMPARE(ran.code, 1);
        QVERIFY2(ran.err.contains(QStringLiteral("LiveKit makes no ingress")) && ran.err.contains(QStringLiteral("permissions denied")), qPrintable(ran.err));
        QVERIFY(!ran.err.contains(QStringLiteral("hidden")) && !QFile::exists(file));
        server.setUp(false);
        ran = ingress(usual(server.url(), file));
        QCOMPARE(ran.code, 1);
        ran = ingress(usual(server.url(), file), {kAccess.first()});
        QCOMPARE(ran.code, 2);
        QVERIFY2(ran.err.contains(QStringLiteral("LIVEKIT_API_SECRET is not set")), qPrintable(ran.err));
        ran = ingress({QStringLiteral("--room"), QStringLiteral("yard")});
        QCOMPARE(ran.code, 2);
        QVERIFY2(ran.err.contains(QStringLiteral("--name is missing")), qPrintable(ran.err));
        ran = ingress(usual(QUrl(), file).mid(2));
        QCOMPARE(ran.code, 2);
        QVERIFY2(ran.err.contains(QStringLiteral("LIVEKIT_HOST is not set")), qPrintable(ran.err));
        ran = ingress(usual(server.url(), QStringLiteral("/nonexistent/x.key")));
        QCOMPARE(ran.code, 2);
        QVERIFY2(ran.err.contains(QStringLiteral("/nonexistent/x.key cannot be written")), qPrintable(ran.err));
        ran = ingress(usual(server.url(), m_dir.path())); // a folder: nobody would have the key that is made
        QCOMPARE(ran.code, 2);
        QVERIFY2(ran.err.contains(m_dir.path() + QStringLiteral(" cannot be written")), qPrintable(ran.err));
    }

    void tokensForViewers()
    {
        AgentProcess agent;
        QVERIFY(agent.startByEnvironment(kAccess + QStringList{QStringLiteral("LIVEKIT_HOST=https://live.example.org"), QStringLiteral("LIVEKIT_ICE_SERVERS=stun:stun.example.org:3478"),
                                                               QStringLiteral("VEDETTE_LIVEKIT_ROOM=yard"), QStringLiteral("VEDETTE_HTTP_PORT=0"), QStringLiteral("VEDETTE_AGENT_DATA_DIR=") + m_dir.filePath(QStringLiteral("data")), QStringLiteral("CAMERA_WIDTH=320"), QStringLiteral("CAMERA_HEIGHT=240")}));
        const QJsonObject config = agent.get(QStringLiteral("/webrtc/config")).json();
        QCOMPARE(config.value(QLatin1String("url")).toString(), QStringLiteral("wss://live.example.org"));
        QCOMPARE(config.value(QLatin1String("room")).toString(), QStringLiteral("yard"));
        QCOMPARE(config.value(QLatin1String("ice_servers")).toArray().first().toObject().value(QLatin1String("urls")).toArray().first().toString(), QStringLiteral("stun:stun.example.org:3478"));
        const QJsonObject given = agent.get(QStringLiteral("/webrtc/token")).json();
        const QJsonObject claims = claimsOf(given.value(QLatin1String("token")).toString());
        QVERIFY(claims.value(QLatin1String("exp")).toInteger() - claims.value(QLatin1String("nbf")).toInteger() <= 600);
        QCOMPARE(claims.value(QLatin1String("video")).toObject(), net::viewerGrants(QStringLiteral("yard")));
        QCOMPARE(claims.value(QLatin1String("sub")), given.value(QLatin1String("identity")));
        QVERIFY(given.value(QLatin1String("identity")) != agent.get(QStringLiteral("/webrtc/token")).json().value(QLatin1String("identity")));
    }

    void withoutLiveKit()
    {
        AgentProcess agent;
        QVERIFY(agent.start(testCamera(QStringLiteral("gate"))));
        for (const char *path : {"/webrtc/config", "/webrtc/token"}) {
            const HttpAnswer answer = agent.get(QString::fromLatin1(path));
            QCOMPARE(answer.status, 404);
            QVERIFY(answer.body.contains("LiveKit is not configured"));
        }
    }
};

QTEST_GUILESS_MAIN(TestLiveKitProgram)
#include "tst_livekit.moc"
