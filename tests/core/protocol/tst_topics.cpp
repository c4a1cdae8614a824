// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/topics.h"

#include "core/protocol/ids.h"

#include <QTest>

using namespace vedette;
using protocol::Topic;

class TestTopics : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void ids_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<bool>("valid");
        QTest::newRow("letter") << QStringLiteral("a") << true;
        QTest::newRow("digit first") << QStringLiteral("7-gate") << true;
        QTest::newRow("32") << QString(32, u'x') << true;
        QTest::newRow("33") << QString(33, u'x') << false;
        QTest::newRow("empty") << QString() << false;
        QTest::newRow("dash first") << QStringLiteral("-a") << false;
        QTest::newRow("capital") << QStringLiteral("Gate") << false;
        QTest::newRow("underscore") << QStringLiteral("a_b") << false;
        QTest::newRow("slash") << QStringLiteral("a/b") << false;
        QTest::newRow("dots") << QStringLiteral("..") << false;
        QTest::newRow("wildcard") << QStringLiteral("+") << false;
        QTest::newRow("space") << QStringLiteral("a b") << false;
        QTest::newRow("other alphabet") << QStringLiteral("gät") << false;
        QTest::newRow("NUL") << QString(QChar(u'\0')) << false;
        QTest::newRow("new line") << QStringLiteral("a\n") << false;
    }
    void ids()
    {
        QFETCH(QString, id);
        QFETCH(bool, valid);
        QCOMPARE(protocol::isValidId(id), valid);
        const Status checked = protocol::checkId(id);
        QCOMPARE(checked.has_value(), valid);
        if (!valid) {
            QCOMPARE(toString(checked.error().kind), toString(ErrorKind::InvalidInput));
            QVERIFY(!checked.error().detail.contains(u'\n'));
        }
    }

    void aLongIdIsNotRepeated() { QVERIFY(protocol::checkId(QString(100'000, u'x')).error().detail.size() < 200); }

    void everyTopicComesBack()
    {
        for (const Topic topic : {Topic::Online, Topic::Status, Topic::Telemetry, Topic::Backlog, Topic::Event,
                                  Topic::Command, Topic::Reply}) {
            const QString name = protocol::topicName(QStringLiteral("pi-1"), topic, QStringLiteral("Console_1-x"));
            const auto parsed = protocol::parseTopic(name);
            QVERIFY2(parsed, qPrintable(name));
            QCOMPARE(parsed->agent, QStringLiteral("pi-1"));
            QVERIFY(parsed->topic == topic);
            QCOMPARE(parsed->console, topic == Topic::Reply ? QStringLiteral("Console_1-x") : QString());
        }
    }

    void names()
    {
        QCOMPARE(protocol::topicName(QStringLiteral("pi-1"), Topic::Telemetry),
                 QStringLiteral("vedette/1/pi-1/telemetry"));
        QCOMPARE(protocol::topicName(QStringLiteral("pi-1"), Topic::Reply, QStringLiteral("c")),
                 QStringLiteral("vedette/1/pi-1/reply/c"));
        QCOMPARE(protocol::allAgents(Topic::Online), QStringLiteral("vedette/1/+/online"));
    }

    void foreignTopics_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name :
             {"", "vedette", "vedette/1/", "vedette/1/pi-1", "vedette/1/pi-1/", "vedette/1//online",
              "vedette/2/pi-1/online", "vedette/1/pi-1/online/", "vedette/1/pi-1/online/x", "vedette/1/PI/online",
              "vedette/1/+/online", "vedette/1/pi-1/reply", "vedette/1/pi-1/reply/", "vedette/1/pi-1/reply/a/b",
              "vedette/1/pi-1/reply/+", "vedette/1/pi-1/reply/#", "vedette/1/pi-1/nonsense", "/vedette/1/pi-1/online",
              "vedette/1/../online"})
            QTest::newRow(*name ? name : "empty") << QString::fromLatin1(name);
        QTest::newRow("huge") << QString(100'000, u'/');
        QTest::newRow("long console") << QStringLiteral("vedette/1/a/reply/") + QString(65, u'x');
    }
    void foreignTopics()
    {
        QFETCH(QString, name);
        QVERIFY(!protocol::parseTopic(name));
    }
};

QTEST_GUILESS_MAIN(TestTopics)
#include "tst_topics.moc"
