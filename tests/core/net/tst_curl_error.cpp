// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/curl_error.h"

#include <QTest>

using namespace vedette;
using namespace vedette::net;

class TestCurlError : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyStatusHasItsKind()
    {
        QVERIFY(httpError(400).kind == ErrorKind::InvalidInput);
        QVERIFY(httpError(422).kind == ErrorKind::InvalidInput);
        QVERIFY(httpError(401).kind == ErrorKind::Denied);
        QVERIFY(httpError(403).kind == ErrorKind::Denied);
        QVERIFY(httpError(404).kind == ErrorKind::NotFound);
        QVERIFY(httpError(500).kind == ErrorKind::Unavailable);
        QCOMPARE(httpError(503).text(), QStringLiteral("the server answered 503"));
    }

    void theAgentsOwnWordsAreTold()
    {
        const Error error = httpError(503, "{\"error\":{\"code\":\"unavailable\",\"detail\":\"Camera gate gives no picture:\\n rtsp://u:SECRET@cam/x refuses\"}}");
        QVERIFY2(error.text().startsWith(QStringLiteral("the server answered 503: Camera gate gives no picture: ")), qPrintable(error.text()));
        QVERIFY2(!error.text().contains(QStringLiteral("SECRET")), qPrintable(error.text()));
    }

    void theWordsOfARelayAreTold()
    {
        QCOMPARE(httpError(404, "{\"status\":\"error\",\"error\":\"path not found\"}").text(), QStringLiteral("the server answered 404: path not found"));
    }

    void whatIsNoAnswerIsNot_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("html") << QByteArray("<html>no</html>");
        QTest::newRow("text") << QByteArray("404 page not found");
        QTest::newRow("array") << QByteArray("[1]");
        QTest::newRow("other json") << QByteArray("{\"status\":\"error\",\"error\":[\"path not found\"]}");
        QTest::newRow("cut") << QByteArray("{\"error\":{\"detail\":\"ab");
    }
    void whatIsNoAnswerIsNot()
    {
        QFETCH(QByteArray, body);
        QCOMPARE(httpError(404, body).text(), QStringLiteral("the server answered 404"));
    }

    void aBookIsCut()
    {
        const Error error = httpError(500, "{\"error\":{\"detail\":\"" + QByteArray(100000, 'a') + "\"}}");
        QVERIFY(error.text().size() < 1000);
    }
};

QTEST_GUILESS_MAIN(TestCurlError)
#include "tst_curl_error.moc"
