// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/folder_command.h"

#include "tests/app/ctl/ctl_fixture.h"
#include "tests/core/recordings/recorded_files.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using test::Ctl;

class tst_FolderCommand : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void filesOfAllKinds()
    {
        QTemporaryDir dir;
        const UtcTime zero{std::chrono::seconds{1'795'270'500}}; // 2026-11-21T14:15:00Z
        const QString ours = dir.filePath(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4"));
        QVERIFY(test::writeSegment(ours, {zero}) && test::makeOld(ours));
        QVERIFY(test::writeBytes(dir.filePath(QStringLiteral("yard/2026-11-21_14-20-00.mp4")), {}));
        QVERIFY(test::makeOld(dir.filePath(QStringLiteral("yard/2026-11-21_14-20-00.mp4"))));
        Ctl ctl;
        QCOMPARE(ctl.run({QStringLiteral("folder"), dir.path(), QStringLiteral("--json")}), 0);
        const QJsonArray files = ctl.json()[QStringLiteral("files")].toArray();
        QCOMPARE(files.size(), 2);
        QCOMPARE(files[0].toObject()[QStringLiteral("from_us")].toInteger(), toMicros(zero));
        QCOMPARE(files[0].toObject()[QStringLiteral("to_us")].toInteger(), toMicros(zero) + 2'000'000);
        QVERIFY(files[1].toObject()[QStringLiteral("fault")].toString().endsWith(QLatin1String("is empty")));
        Ctl people;
        QCOMPARE(people.run({QStringLiteral("folder"), dir.path(), QStringLiteral("--to"), QStringLiteral("2026-11-21T14:16:00Z")}), 0);
        QCOMPARE(people.out.data(), QByteArray("gate main  2026-11-21T14:15:00.000Z       2.0 s  camera-gate/20261121/141500_camera-gate.mp4\n"));
    }

    void noFolder()
    {
        Ctl ctl;
        QCOMPARE(ctl.run({QStringLiteral("folder"), QStringLiteral("/nonexistent/card")}), 1);
        QVERIFY2(ctl.err.data().contains("/nonexistent/card cannot be listed"), ctl.err.data());
    }

    void wrongArguments()
    {
        for (const QStringList &more : {QStringList{QStringLiteral("--from"), QStringLiteral("noon")}, QStringList{QStringLiteral("--zone"), QStringLiteral("Atlantis")}}) {
            Ctl ctl;
            QCOMPARE(ctl.run(QStringList{QStringLiteral("folder"), QStringLiteral("/tmp")} + more), 2);
            QVERIFY2(ctl.err.data().contains(more.first().toLatin1()), ctl.err.data());
        }
    }
};

QTEST_GUILESS_MAIN(tst_FolderCommand)
#include "tst_folder_command.moc"
