// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/send_command.h"

#include "tests/app/ctl/ctl_fixture.h"
#include "tests/support/process.h"

#include <QTest>
#include <QTimer>

using namespace vedette;
using test::CannedHttp;
using test::Ctl;

namespace {

QStringList arguments(const CannedHttp &http, const QString &target, const QStringList &more = {})
{
    return QStringList{QStringLiteral("command"), target, QStringLiteral("keyframe"), QStringLiteral("--agent"), http.url().toString(),
                       QStringLiteral("--json")} + more;
}

} // namespace

class tst_SendCommand : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void agentObeys();
    void agentSaysNo();
    void unknownAgent();
    void nobodyThere();
    void interrupted();
};

void tst_SendCommand::agentObeys()
{
    CannedHttp http;
    test::serveStatus(http, QStringLiteral("pi-1"), {});
    http.on(QString::fromLatin1(protocol::routes::kCommand), CannedHttp::Answer{"{\"ok\":true,\"result\":{\"at\":3}}"});
    Ctl ctl;
    QCOMPARE(ctl.run(arguments(http, QStringLiteral("pi-1/gate"),
                               {QStringLiteral("--argument"), QStringLiteral("n=12"), QStringLiteral("--argument"), QStringLiteral("word=x y")})), 0);
    QCOMPARE(ctl.json().value(QStringLiteral("ok")).toBool(), true);
    QCOMPARE(ctl.json().value(QStringLiteral("result")).toObject().value(QStringLiteral("at")).toInt(), 3);
    QCOMPARE(http.count(QString::fromLatin1(protocol::routes::kCommand)), 1);
    for (const CannedHttp::Request &request : http.requests()) {
        if (request.path != QLatin1String(protocol::routes::kCommand))
            continue;
        const QJsonObject body = QJsonDocument::fromJson(request.body).object();
        QCOMPARE(body.value(QStringLiteral("command")).toString(), QStringLiteral("keyframe"));
        QCOMPARE(body.value(QStringLiteral("camera")).toString(), QStringLiteral("gate"));
        const QJsonObject values = body.value(QStringLiteral("arguments")).toObject();
        QCOMPARE(values.value(QStringLiteral("n")).toInt(), 12);
        QCOMPARE(values.value(QStringLiteral("word")).toString(), QStringLiteral("x y"));
    }
}

void tst_SendCommand::agentSaysNo()
{
    CannedHttp http;
    test::serveStatus(http, QStringLiteral("pi-1"), {});
    http.on(QString::fromLatin1(protocol::routes::kCommand),
            CannedHttp::Answer{"{\"ok\":false,\"error\":{\"kind\":\"not_found\",\"detail\":\"There is no camera yard here.\"}}"});
    Ctl ctl;
    QCOMPARE(ctl.run(arguments(http, QStringLiteral("pi-1/yard"))), 1);
    QCOMPARE(ctl.json().value(QStringLiteral("ok")).toBool(true), false);
    QVERIFY(ctl.err.data().contains("yard"));
}

void tst_SendCommand::unknownAgent()
{
    CannedHttp http;
    test::serveStatus(http, QStringLiteral("pi-1"), {});
    Ctl ctl;
    QCOMPARE(ctl.run(arguments(http, QStringLiteral("pi-9/gate"), {QStringLiteral("--seconds"), QStringLiteral("0.5")})), 1);
    QVERIFY2(ctl.err.data().contains("pi-9"), ctl.err.data());
    QCOMPARE(http.count(QString::fromLatin1(protocol::routes::kCommand)), 0);
}

void tst_SendCommand::nobodyThere()
{
    CannedHttp http;
    http.setUp(false);
    Ctl ctl;
    QCOMPARE(ctl.run(arguments(http, QStringLiteral("pi-1/gate"), {QStringLiteral("--seconds"), QStringLiteral("0.5")})), 1);
    QVERIFY2(ctl.err.data().contains(QByteArray::number(http.port())), ctl.err.data());
}

void tst_SendCommand::interrupted()
{
    CannedHttp http;
    http.setUp(false);
    Ctl ctl;
    QTimer::singleShot(100, &ctl.interrupt, &app::Interrupt::requested);
    QCOMPARE(ctl.run(arguments(http, QStringLiteral("pi-1/gate"), {QStringLiteral("--seconds"), QStringLiteral("60")})), 1);
    QVERIFY(ctl.err.data().contains("interrupted"));
}

QTEST_GUILESS_MAIN(tst_SendCommand)
#include "tst_send_command.moc"
