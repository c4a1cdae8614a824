// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/access.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::app;

namespace {

using Variables = QList<std::pair<QString, QString>>;

Result<Access> access(const QStringList &arguments, const Variables &variables = {})
{
    QCommandLineParser parser;
    addAccessOptions(parser);
    if (!parser.parse(QStringList{QStringLiteral("vedettectl")} + arguments))
        return fail(ErrorKind::Internal, parser.errorText());
    QProcessEnvironment environment;
    for (const auto &[name, value] : variables)
        environment.insert(name, value);
    return accessFrom(parser, environment);
}

QString write(const QTemporaryDir &dir, const QByteArray &content)
{
    QFile file(dir.filePath(QStringLiteral("password")));
    if (file.open(QIODevice::WriteOnly))
        file.write(content);
    return file.fileName();
}

} // namespace

class tst_Access : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingGiven();
    void servers_data();
    void servers();
    void agents_data();
    void agents();
    void environmentWhenTheCommandLineIsSilent();
    void commandLineRules();
    void passwords();
    void badInput_data();
    void badInput();
};

void tst_Access::nothingGiven()
{
    const auto made = access({});
    QVERIFY(made);
    QVERIFY(made->isEmpty());
}

void tst_Access::servers_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::newRow("host") << QStringLiteral("broker") << QStringLiteral("broker") << 1883;
    QTest::newRow("port") << QStringLiteral("10.0.0.2:8883") << QStringLiteral("10.0.0.2") << 8883;
    QTest::newRow("IPv6") << QStringLiteral("[fd00::1]:1884") << QStringLiteral("fd00::1") << 1884;
}

void tst_Access::servers()
{
    QFETCH(QString, text);
    const auto made = access({QStringLiteral("--server"), text});
    QVERIFY(made);
    QTEST(made->server, "host");
    QTEST(int(made->port), "port");
    QVERIFY(!made->isEmpty());
}

void tst_Access::agents_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QUrl>("url");
    QTest::newRow("url") << QStringLiteral("http://pi-1:8083") << QUrl(QStringLiteral("http://pi-1:8083"));
    QTest::newRow("https") << QStringLiteral("https://pi-1") << QUrl(QStringLiteral("https://pi-1"));
    QTest::newRow("host and port") << QStringLiteral("pi-1:8083") << QUrl(QStringLiteral("http://pi-1:8083"));
}

void tst_Access::agents()
{
    QFETCH(QString, text);
    QFETCH(QUrl, url);
    const auto made = access({QStringLiteral("--agent"), text});
    QVERIFY(made);
    QCOMPARE(made->agents, QList<QUrl>{url});
}

void tst_Access::environmentWhenTheCommandLineIsSilent()
{
    const auto made = access({}, {{QStringLiteral("VEDETTE_SERVER"), QStringLiteral("broker:1900")},
                                  {QStringLiteral("VEDETTE_AGENT"), QStringLiteral("http://a:1, http://b:2")},
                                  {QStringLiteral("VEDETTE_MQTT_USER"), QStringLiteral("guard")},
                                  {QStringLiteral("VEDETTE_MQTT_PASSWORD"), QStringLiteral("hunter2")}});
    QVERIFY(made);
    QCOMPARE(made->server, QStringLiteral("broker"));
    QCOMPARE(made->port, quint16{1900});
    QCOMPARE(made->agents.size(), 2);
    QCOMPARE(made->agents.at(1), QUrl(QStringLiteral("http://b:2")));
    QCOMPARE(made->user, QStringLiteral("guard"));
    QCOMPARE(made->password.reveal(), QStringLiteral("hunter2"));
}

void tst_Access::commandLineRules()
{
    const Variables variables{{QStringLiteral("VEDETTE_SERVER"), QStringLiteral("elsewhere")},
                              {QStringLiteral("VEDETTE_AGENT"), QStringLiteral("http://elsewhere:1")},
                              {QStringLiteral("VEDETTE_MQTT_USER"), QStringLiteral("other")}};
    const QTemporaryDir dir;
    const auto server = access({QStringLiteral("--server"), QStringLiteral("here"), QStringLiteral("--user"), QStringLiteral("me"),
                                QStringLiteral("--ca-file"), write(dir, "a certificate")}, variables);
    QVERIFY(server);
    QCOMPARE(server->server, QStringLiteral("here"));
    QCOMPARE(server->user, QStringLiteral("me"));
    QVERIFY(server->agents.isEmpty());
    QVERIFY(server->tls);
    const auto agent = access({QStringLiteral("--agent"), QStringLiteral("http://here:2")}, variables);
    QCOMPARE(agent->agents, QList<QUrl>{QUrl(QStringLiteral("http://here:2"))});
    QVERIFY(!agent->tls);
}

void tst_Access::passwords()
{
    const QTemporaryDir dir;
    const QString file = write(dir, "p@ss word\r\n");
    const auto made = access({QStringLiteral("--password-file"), file}, {{QStringLiteral("VEDETTE_MQTT_PASSWORD"), QStringLiteral("other")}});
    QVERIFY(made);
    QCOMPARE(made->password.reveal(), QStringLiteral("p@ss word"));
}

void tst_Access::badInput_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("names");
    const auto row = [](const char *name, const char *option, const char *value) {
        QTest::newRow(name) << QStringList{QString::fromLatin1(option), QString::fromLatin1(value)} << QString::fromLatin1(option);
    };
    row("empty server", "--server", "");
    row("server with a path", "--server", "broker/x");
    row("server is a url", "--server", "mqtt://broker");
    row("port too large", "--server", "broker:70000");
    row("port 0", "--server", "broker:0");
    row("port is a word", "--server", "broker:x");
    row("password in the server", "--server", "guard:hunter2@broker");
    row("agent without host", "--agent", "http://");
    row("agent by rtsp", "--agent", "rtsp://pi-1");
    row("password in a bad agent", "--agent", "ftp://guard:hunter2@pi-1");
    row("no password file", "--password-file", "/nonexistent/file");
    row("no certificates", "--ca-file", "/nonexistent/file");
}

void tst_Access::badInput()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, names);
    const auto made = access(arguments);
    QVERIFY(!made);
    QVERIFY(made.error().kind == ErrorKind::InvalidInput);
    QVERIFY2(made.error().text().contains(names), qPrintable(made.error().text()));
    QVERIFY2(!made.error().text().contains(QStringLiteral("hunter2")), qPrintable(made.error().text()));

    const QTemporaryDir dir;
    QVERIFY(!access({QStringLiteral("--password-file"), write(dir, "\n")}));
    const auto variable = access({}, {{QStringLiteral("VEDETTE_AGENT"), QStringLiteral("ftp://x")}});
    QVERIFY(!variable && variable.error().text().contains(QStringLiteral("VEDETTE_AGENT")));
}

QTEST_GUILESS_MAIN(tst_Access)
#include "tst_access.moc"
