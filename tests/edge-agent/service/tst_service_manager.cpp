// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/service_manager.h"

#include "tests/support/log_capture.h"
#include "tests/support/notify_socket.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;

class TestServiceManager : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSilentThreadStarvesTheWatchdog()
    {
        const QTemporaryDir dir;
        test::NotifySocket systemd(dir);
        QVERIFY(systemd.listens());
        qputenv("NOTIFY_SOCKET", systemd.path());
        qputenv("WATCHDOG_USEC", "60000");
        const auto feeds = [&systemd] { return systemd.told().count("WATCHDOG=1"); };

        test::LogCapture log;
        QStringList silent;
        int asked = 0;
        ServiceManager manager([&] { return ++asked, silent; });
        manager.ready();
        QTRY_VERIFY(feeds() > 2);
        silent = {QStringLiteral("http")};
        const qsizetype before = feeds();
        const int then = asked;
        QTRY_VERIFY(asked > then + 5);
        QCOMPARE(feeds(), before);
        QCOMPARE(log.count(QStringLiteral("no sign of life from http")), 1);
        silent.clear();
        QTRY_VERIFY(feeds() > before);
    }

    void withoutSystemdNothingHappens()
    {
        qunsetenv("NOTIFY_SOCKET");
        qunsetenv("WATCHDOG_USEC");
        int asked = 0;
        ServiceManager manager([&asked] { return ++asked, QStringList(); });
        manager.ready();
        manager.stopping();
        QCOMPARE(asked, 0);
    }
};

QTEST_GUILESS_MAIN(TestServiceManager)
#include "tst_service_manager.moc"
