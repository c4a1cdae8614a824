// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/livekit.h"

#include "tests/support/process.h"

#include <QFile>
#include <QJsonDocument>
#include <QTest>

using namespace vedette;
using namespace vedette::net;
using namespace vedette::test;
using namespace std::chrono_literals;

namespace {

const Secret kSecret(QStringLiteral("a-secret-of-at-least-thirty-two-characters"));
const QString kKey = QStringLiteral("APIkey");

QJsonObject claimsOf(const QString &token)
{
    return QJsonDocument::fromJson(QByteArray::fromBase64(token.section(u'.', 1, 1).toLatin1(), QByteArray::Base64UrlEncoding)).object();
}

} // namespace

/// Against what LiveKit's own Python package sends: as captured, and the package itself where Python has it.
class TestLiveKit : public QObject {
    Q_OBJECT

    QJsonObject m_package;

    QString token(const char *key) const { return m_package.value(QLatin1String(key)).toString(); }

private Q_SLOTS:
    void initTestCase()
    {
        QFile file(QStringLiteral(TEST_DATA_DIR "/livekit/create-ingress.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        m_package = QJsonDocument::fromJson(file.readAll()).object();
        QVERIFY(!token("ingress_token").isEmpty() && !token("viewer_token").isEmpty());
    }

    void signsAsThePackage()
    {
        for (const char *each : {"ingress_token", "viewer_token"}) {
            const QString whole = token(each);
            QCOMPARE(signHs256(whole.section(u'.', 0, 1).toLatin1(), kSecret), whole.section(u'.', 2).toLatin1());
        }
    }

    void asksAsThePackage()
    {
        QCOMPARE(QString::fromLatin1(kCreateIngressPath), m_package.value(QLatin1String("path")).toString());
        QJsonObject request = QJsonDocument::fromJson(createIngressRequest(QStringLiteral("yard"), QStringLiteral("gate"))).object();
        QCOMPARE(request.take(QLatin1String("input_type")).toString(), QStringLiteral("RTMP_INPUT")); // 0: not written by protobuf
        QCOMPARE(request, m_package.value(QLatin1String("request")).toObject());
    }

    void claimsAsThePackage()
    {
        const UtcTime now = utcFromMicros(1'795'267'662'000'000);
        const QJsonObject viewer = claimsOf(liveKitToken(kKey, kSecret, QStringLiteral("viewer"), viewerGrants(QStringLiteral("yard")), now, 10min));
        QJsonObject theirs = claimsOf(token("viewer_token"));
        QCOMPARE(viewer.keys(), theirs.keys());
        QCOMPARE(viewer.value(QLatin1String("video")), theirs.value(QLatin1String("video")));
        QCOMPARE(viewer.value(QLatin1String("iss")), theirs.value(QLatin1String("iss")));
        QCOMPARE(viewer.value(QLatin1String("nbf")).toInteger(), 1'795'267'662);
        QCOMPARE(viewer.value(QLatin1String("exp")).toInteger() - viewer.value(QLatin1String("nbf")).toInteger(), 600);
        const QJsonObject ingress = claimsOf(liveKitToken(kKey, kSecret, {}, ingressGrants(), now, 5min));
        theirs = claimsOf(token("ingress_token"));
        QCOMPARE(ingress.keys(), theirs.keys());
        // Theirs may publish as well; ours asks for what it needs.
        QCOMPARE(ingress.value(QLatin1String("video")).toObject(), (QJsonObject{{QStringLiteral("ingressAdmin"), true}}));
        QVERIFY(theirs.value(QLatin1String("video")).toObject().value(QLatin1String("ingressAdmin")).toBool());
    }

    void thePackageTakesOurs()
    {
        const QString program = QStringLiteral(
            "import sys, json\n"
            "from livekit import api\n"
            "from livekit.protocol.ingress import CreateIngressRequest, IngressInput\n"
            "from google.protobuf import json_format\n"
            "request, token, secret = sys.argv[1:]\n"
            "ours = json_format.Parse(request, CreateIngressRequest())\n"
            "theirs = CreateIngressRequest(input_type=IngressInput.RTMP_INPUT, name='gate', room_name='yard', participant_identity='gate', participant_name='gate')\n"
            "claims = api.TokenVerifier('APIkey', secret).verify(token)\n"
            "print(ours == theirs, claims.identity, claims.video.room, claims.video.can_publish)\n");
        const auto there = runProcess(QStringLiteral("python3"), {QStringLiteral("-c"), QStringLiteral("import livekit.api")}, 20s);
        if (!there || there->exitCode != 0)
            QSKIP("Python has no livekit-api");
        const QString viewer = liveKitToken(kKey, kSecret, QStringLiteral("viewer"), viewerGrants(QStringLiteral("yard")), SystemClock().utcNow(), 10min);
        const auto ran = runProcess(QStringLiteral("python3"),
                                    {QStringLiteral("-c"), program, QString::fromUtf8(createIngressRequest(QStringLiteral("yard"), QStringLiteral("gate"))), viewer, kSecret.reveal()}, 30s);
        QVERIFY(ran);
        QVERIFY2(ran->exitCode == 0, ran->err.constData());
        QCOMPARE(ran->out.trimmed(), QByteArray("True viewer yard False"));
    }

    void answers()
    {
        for (const char *json : {"{\"ingress_id\":\"IN_1\",\"url\":\"rtmp://h/x\",\"stream_key\":\"k1\"}", "{\"url\":\"rtmp://h/x\",\"streamKey\":\"k1\"}"}) {
            const auto ingress = parseIngress(json);
            QVERIFY(ingress);
            QCOMPARE(ingress->url, QStringLiteral("rtmp://h/x"));
            QCOMPARE(ingress->streamKey.reveal(), QStringLiteral("k1"));
        }
        QCOMPARE(parseIngress("{}").error().text(), QStringLiteral("the answer holds no url"));
        QCOMPARE(parseIngress("{\"url\":\"rtmp://h/x\"}").error().text(), QStringLiteral("the answer holds no stream_key"));
        QCOMPARE(parseIngress("<html>").error().text(), QStringLiteral("the answer holds no url"));
    }
};

QTEST_GUILESS_MAIN(TestLiveKit)
#include "tst_livekit.moc"
