// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_broker.h"

#include <QFile>

namespace vedette::test {
namespace {

Status writeFile(const QString &path, const QByteArray &content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        return fail(ErrorKind::Internal, QStringLiteral("cannot write ") + path);
    return {};
}

Status run(const QString &program, const QStringList &arguments)
{
    const auto result = runProcess(findProgram(program), arguments, milliseconds{20'000});
    if (!result)
        return fail(result.error());
    if (result->exitCode != 0)
        return fail(ErrorKind::Internal, program + QStringLiteral(": ") + QString::fromUtf8(result->err));
    return {};
}

Status makeCa(const QString &name, const QString &key, const QString &certificate)
{
    return run(QStringLiteral("openssl"),
               {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"),
                QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:prime256v1"), QStringLiteral("-nodes"),
                QStringLiteral("-days"), QStringLiteral("30"), QStringLiteral("-subj"), QStringLiteral("/CN=") + name,
                QStringLiteral("-keyout"), key, QStringLiteral("-out"), certificate});
}

} // namespace

TestBroker::TestBroker(BrokerOptions options) : m_options(std::move(options)), m_port(static_cast<quint16>(m_options.port))
{
    if (m_port == 0)
        m_port = freePort();
}

bool TestBroker::available()
{
    return !findProgram(QStringLiteral("mosquitto")).isEmpty();
}

Status TestBroker::makeCertificates()
{
    const auto path = [this](const char *name) { return m_dir.filePath(QLatin1String(name)); };
    if (auto made = makeCa(QStringLiteral("test-ca"), path("ca.key"), path("ca.crt")); !made)
        return made;
    if (auto made = makeCa(QStringLiteral("other-ca"), path("other.key"), path("other.crt")); !made)
        return made;
    if (auto made = run(QStringLiteral("openssl"),
                        {QStringLiteral("req"), QStringLiteral("-newkey"), QStringLiteral("ec"),
                         QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:prime256v1"),
                         QStringLiteral("-nodes"), QStringLiteral("-subj"), QStringLiteral("/CN=localhost"),
                         QStringLiteral("-keyout"), path("srv.key"), QStringLiteral("-out"), path("srv.csr")});
        !made)
        return made;
    if (auto made = writeFile(path("ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n"); !made)
        return made;
    return run(QStringLiteral("openssl"),
               {QStringLiteral("x509"), QStringLiteral("-req"), QStringLiteral("-in"), path("srv.csr"),
                QStringLiteral("-CA"), path("ca.crt"), QStringLiteral("-CAkey"), path("ca.key"),
                QStringLiteral("-CAcreateserial"), QStringLiteral("-days"), QStringLiteral("30"),
                QStringLiteral("-extfile"), path("ext"), QStringLiteral("-out"), path("srv.crt")});
}

Status TestBroker::prepare()
{
    // "user root": it drops root otherwise and cannot read the temporary folder; ignored for everybody else.
    // set_tcp_nodelay: without it a request and its reply take 88 ms on loopback.
    QByteArray config = "persistence false\nuser root\nset_tcp_nodelay true\nlog_dest stderr\nconnection_messages true\n";
    config += "listener " + QByteArray::number(m_port) + " 127.0.0.1\n";
    if (m_options.user.isEmpty()) {
        config += "allow_anonymous true\n";
    } else {
        const QString file = m_dir.filePath(QStringLiteral("passwords"));
        if (auto made = run(QStringLiteral("mosquitto_passwd"),
                            {QStringLiteral("-c"), QStringLiteral("-b"), file, m_options.user, m_options.password});
            !made)
            return made;
        config += "allow_anonymous false\npassword_file " + file.toUtf8() + '\n';
    }
    if (m_options.tls) {
        if (auto made = makeCertificates(); !made)
            return made;
        const QByteArray dir = m_dir.path().toUtf8();
        config += "cafile " + dir + "/ca.crt\ncertfile " + dir + "/srv.crt\nkeyfile " + dir + "/srv.key\n";
    }
    return writeFile(m_dir.filePath(QStringLiteral("broker.conf")), config);
}

Status TestBroker::start()
{
    if (!m_prepared) {
        if (auto ready = prepare(); !ready)
            return ready;
        m_prepared = true;
    }
    if (auto started = m_child.start(findProgram(QStringLiteral("mosquitto")),
                                     {QStringLiteral("-c"), m_dir.filePath(QStringLiteral("broker.conf"))});
        !started)
        return started;
    // It listens before its main loop begins, and forgets a SIGTERM that comes between the two: wait until it has
    // noticed a connection.
    const bool up = waitUntil(
        [this] { return !m_child.running() || (waitForPort(m_port, milliseconds{50}) && log().contains("New connection from")); },
        milliseconds{10'000});
    if (up && m_child.running())
        return {};
    return fail(ErrorKind::Unavailable, QStringLiteral("mosquitto did not start: ") + QString::fromUtf8(log()));
}

} // namespace vedette::test
