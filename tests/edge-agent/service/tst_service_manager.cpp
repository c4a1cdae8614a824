// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/service_manager.h"

#include "tests/support/log_capture.h"

#include <QDir>
#include <QFile>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace vedette;
using namespace vedette::agent;

class TestServiceManager : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSilentThreadStarvesTheWatchdog()
    {
        const QTemporaryDir dir;
        const QByteArray path = QFile::encodeName(dir.filePath(QStringLiteral("notify")));
        const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const auto closing = qScopeGuard([socket] { ::close(socket); });
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        QVERIFY(path.size() < qsizetype(sizeof address.sun_path));
        std::copy(path.begin(), path.end(), address.sun_path);
        QCOMPARE(::bind(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
        qputenv("NOTIFY_SOCKET", path);
        qputenv("WATCHDOG_USEC", "60000");
        int fed = 0;
        const auto feeds = [&] {
            char message[64];
            for (ssize_t size = 0; (size = ::recv(socket, message, sizeof message, 0)) > 0;)
                fed += QByteArray(message, size) == "WATCHDOG=1" ? 1 : 0;
            return fed;
        };

        test::LogCapture log;
        QStringList silent;
        int asked = 0;
        ServiceManager manager([&] { return ++asked, silent; });
        manager.ready();
        QTRY_VERIFY(feeds() > 2);
        silent = {QStringLiteral("http")};
        const int before = feeds();
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
