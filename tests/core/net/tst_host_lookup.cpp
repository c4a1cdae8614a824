// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/host_lookup.h"

#include <QTest>

#include <memory>

using namespace vedette;
using namespace vedette::net;
using namespace std::chrono_literals;

class TestHostLookup : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void finds_data()
    {
        QTest::addColumn<QString>("host");
        for (const char *host : {"localhost", "127.0.0.1", "::1"})
            QTest::newRow(host) << QString::fromLatin1(host);
    }
    void finds()
    {
        QFETCH(QString, host);
        const Status found = lookUpHost(host, 5s, {});
        QVERIFY2(found, qPrintable(found ? QString() : found.error().text()));
    }
    void namesWhatDoesNotResolve()
    {
        const Status found = lookUpHost(QStringLiteral("nosuch.invalid"), 10s, {});
        QVERIFY(!found);
        QCOMPARE(toString(found.error().kind), QStringLiteral("unavailable"));
        QCOMPARE(found.error().text(), QStringLiteral("the name nosuch.invalid does not resolve"));
    }
    void stops()
    {
        const auto stop = std::make_unique<std::stop_source>(); // GCC 12 warns of one on the stack
        stop->request_stop();
        QCOMPARE(toString(lookUpHost(QStringLiteral("localhost"), 5s, stop->get_token()).error().kind), QStringLiteral("cancelled"));
    }
};

QTEST_GUILESS_MAIN(TestHostLookup)
#include "tst_host_lookup.moc"
