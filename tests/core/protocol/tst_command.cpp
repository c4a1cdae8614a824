// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/command.h"

#include <QTest>

using namespace vedette;
using namespace vedette::protocol;

class TestCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theTable()
    {
        QVERIFY(!commandTable().empty());
        for (const auto &each : commandTable())
            QCOMPARE(findCommand(QString(each.name)), &each);
        const auto *keyframe = findCommand(u"keyframe");
        QVERIFY(keyframe && keyframe->needsCamera && keyframe->overMqtt);
        QVERIFY(!findCommand(u"reboot"));
    }

    void requestRoundTrip()
    {
        const CommandRequest request{QStringLiteral("keyframe"), QStringLiteral("gate"), {{QStringLiteral("x"), 1}}};
        const auto read = parseCommandRequest(toJson(request));
        QVERIFY(read);
        QCOMPARE(read->command, request.command);
        QCOMPARE(read->camera, request.camera);
        QCOMPARE(read->arguments, request.arguments);
    }

    void badRequests_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<QString>("names");
        const auto row = [](const char *name, const char *json, ErrorKind kind, const char *names) {
            QTest::newRow(name) << QByteArray(json) << kind << QString::fromLatin1(names);
        };
        row("empty", "", ErrorKind::InvalidInput, "JSON");
        row("no command", "{}", ErrorKind::InvalidInput, "command is missing");
        row("command a list", R"({"command":[]})", ErrorKind::InvalidInput, "command must be a text");
        row("unknown", R"({"command":"reboot","camera":"gate"})", ErrorKind::NotFound, "reboot");
        row("no camera", R"({"command":"keyframe"})", ErrorKind::InvalidInput, "camera is missing");
        row("camera a number", R"({"command":"keyframe","camera":1})", ErrorKind::InvalidInput,
            "camera must be a text");
        row("camera a path", R"({"command":"keyframe","camera":"../x"})", ErrorKind::InvalidInput, "camera");
        row("arguments a list", R"({"command":"keyframe","camera":"gate","arguments":[]})", ErrorKind::InvalidInput,
            "arguments must be an object");
    }
    void badRequests()
    {
        QFETCH(QByteArray, json);
        QFETCH(ErrorKind, kind);
        QFETCH(QString, names);
        const auto read = parseCommandRequest(json);
        QVERIFY(!read);
        QCOMPARE(toString(read.error().kind), toString(kind));
        QVERIFY2(read.error().text().contains(names), qPrintable(read.error().text()));
    }

    void repliesComeBack()
    {
        const auto good = parseCommandReply(toJson(CommandReply{QJsonObject{{QStringLiteral("frame"), 5}}}));
        QVERIFY(good && good->outcome);
        QCOMPARE(good->outcome->value(QStringLiteral("frame")).toInt(), 5);
        for (const ErrorKind kind : {ErrorKind::InvalidInput, ErrorKind::NotFound, ErrorKind::Denied,
                                     ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Corrupt,
                                     ErrorKind::Unsupported, ErrorKind::Cancelled, ErrorKind::Internal}) {
            const auto read = parseCommandReply(toJson(CommandReply{fail(kind, QStringLiteral("why"))}));
            QVERIFY(read && !read->outcome);
            QCOMPARE(toString(read->outcome.error().kind), toString(kind));
            QCOMPARE(read->outcome.error().detail, QStringLiteral("why"));
        }
        QCOMPARE(toString(parseCommandReply(R"({"ok":false,"error":{"kind":"newer"}})")->outcome.error().kind),
                 toString(ErrorKind::Internal));
    }

    void badReplies()
    {
        for (const char *bad :
             {"", "[]", "{}", R"({"ok":1})", R"({"ok":true,"result":5})", R"({"ok":false})",
              R"({"ok":false,"error":"x"})", R"({"ok":false,"error":{}})", R"({"ok":false,"error":{"kind":5}})"}) {
            const auto read = parseCommandReply(bad);
            QVERIFY2(!read, bad);
            QCOMPARE(toString(read.error().kind), toString(ErrorKind::InvalidInput));
        }
    }
};

QTEST_GUILESS_MAIN(TestCommand)
#include "tst_command.moc"
