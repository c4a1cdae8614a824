// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/logging.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace vedette;

namespace {

constexpr int kLines = 2000; // more than the smallest pipe and the smallest socket hold

QList<QByteArray> readLines(int file)
{
    QByteArray all;
    std::array<char, 65536> buffer{};
    (void)::fcntl(file, F_SETFL, O_NONBLOCK);
    for (ssize_t got = 0; (got = ::read(file, buffer.data(), buffer.size())) > 0;)
        all.append(buffer.data(), got);
    return all.split('\n');
}

} // namespace

/// stderr is a process's own: this program has one test.
class TestLogging : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nobodyWaitsForAReader()
    {
        std::array<int, 2> ends{};
        QCOMPARE(::pipe(ends.data()), 0);
        (void)::fcntl(ends[1], F_SETPIPE_SZ, 4096);
        const int before = ::dup(STDERR_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        setLogFormat(LogFormat::Json);
        const QtMessageHandler usual = qInstallMessageHandler(nullptr);
        installLogging();
        for (int i = 0; i < kLines; ++i)
            qWarning("line %d", i);
        const QList<QByteArray> kept = readLines(ends[0]);
        qWarning("there is room again");
        const QList<QByteArray> after = readLines(ends[0]);
        qInstallMessageHandler(usual);
        ::dup2(before, STDERR_FILENO);
        for (const int each : {before, ends[0], ends[1]})
            ::close(each);

        const auto message = [](const QByteArray &line) { return QJsonDocument::fromJson(line).object().value(QLatin1String("message")).toString(); };
        QVERIFY(kept.size() > 10 && kept.size() < kLines / 2);
        QVERIFY(kept.last().isEmpty()); // no line is torn
        for (qsizetype i = 0; i + 1 < kept.size(); ++i)
            QCOMPARE(message(kept[i]), QStringLiteral("line %1").arg(i));
        QCOMPARE(after.size(), 3);
        QCOMPARE(message(after[0]), QStringLiteral("%1 lines of the log found no room and are lost.").arg(kLines - (kept.size() - 1)));
        QCOMPARE(message(after[1]), QStringLiteral("there is room again"));
    }
};

QTEST_GUILESS_MAIN(TestLogging)
#include "tst_logging.moc"
