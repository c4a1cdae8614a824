// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/vedettectl.h"

#include "tests/app/ctl/ctl_fixture.h"

#include <QTest>

using namespace vedette;
using test::Ctl;

class tst_Vedettectl : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void help_data();
    void help();
    void version();
    void wrongArguments_data();
    void wrongArguments();
};

void tst_Vedettectl::help_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("usage");
    QTest::newRow("program") << QStringList{QStringLiteral("--help")} << QStringLiteral("Usage: vedettectl SUBCOMMAND");
    QTest::newRow("short") << QStringList{QStringLiteral("-h")} << QStringLiteral("Usage: vedettectl SUBCOMMAND");
    for (const char *name : {"fleet", "watch", "command"})
        QTest::newRow(name) << QStringList{QString::fromLatin1(name), QStringLiteral("--help")}
                            << QStringLiteral("Usage: vedettectl %1 [options]").arg(QLatin1String(name));
}

void tst_Vedettectl::help()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, usage);
    Ctl ctl;
    QCOMPARE(ctl.run(arguments), 0);
    QVERIFY2(ctl.out.data().contains(usage.toUtf8()), ctl.out.data());
    QVERIFY(ctl.err.data().isEmpty());
}

void tst_Vedettectl::version()
{
    Ctl ctl;
    QCOMPARE(ctl.run({QStringLiteral("--version")}), 0);
    QCOMPARE(ctl.out.data(), QByteArray("vedettectl " VEDETTE_VERSION "\n"));
}

void tst_Vedettectl::wrongArguments_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const char *line, const char *says) {
        QTest::newRow(name) << QString::fromLatin1(line) << QString::fromLatin1(says);
    };
    row("nothing", "", "Usage");
    row("unknown subcommand", "wach x", "wach");
    row("unknown option", "watch x --secnds 3", "secnds");
    row("option without value", "watch x --seconds", "seconds");
    row("no source", "watch --json", "watch");
    row("two sources", "watch a.mp4 b.mp4", "b.mp4");
    row("seconds is a word", "watch x.mp4 --seconds soon", "soon");
    row("no seconds at all", "watch x.mp4 --seconds 0", "0");
    row("negative seconds", "watch x.mp4 --seconds=-1", "-1");
    row("seconds not finite", "watch x.mp4 --seconds inf", "inf");
    row("seconds beyond a day", "watch x.mp4 --seconds 86401", "86401");
    row("camera without fleet", "watch pi-1/gate", "--agent");
    row("bad agent", "watch pi-1/gate --agent ftp://x", "--agent");
    row("fleet without address", "fleet --json", "--server");
    row("fleet takes no argument", "fleet gate --agent http://x", "gate");
    row("command without name", "command pi-1/gate --agent http://x", "command");
    row("unknown command", "command pi-1/gate explode --agent http://x", "explode");
    row("command without camera", "command pi-1 keyframe --agent http://x", "camera");
    row("bad agent id", "command PI_1/gate keyframe --agent http://x", "PI_1");
    row("bad camera id", "command pi-1/a/b keyframe --agent http://x", "pi-1/a/b");
    row("bad argument", "command pi-1/gate keyframe --argument x --agent http://x", "--argument");
    row("command without address", "command pi-1/gate keyframe", "--server");
}

void tst_Vedettectl::wrongArguments()
{
    QFETCH(QString, line);
    QFETCH(QString, says);
    Ctl ctl;
    QCOMPARE(ctl.run(line.split(QLatin1Char(' '), Qt::SkipEmptyParts)), 2);
    QVERIFY(ctl.out.data().isEmpty());
    QVERIFY2(ctl.err.data().contains(says.toUtf8()), ctl.err.data());
}

QTEST_GUILESS_MAIN(tst_Vedettectl)
#include "tst_vedettectl.moc"
