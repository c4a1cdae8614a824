// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/e2e/agent_process.h"

#include <QEventLoop>
#include <QFile>
#include <QJsonDocument>
#include <QNetworkReply>
#include <QTimer>

namespace vedette::test {
namespace {

constexpr milliseconds kReady{10'000};
constexpr milliseconds kAnswer{10'000};

} // namespace

QJsonObject HttpAnswer::json() const
{
    return QJsonDocument::fromJson(body).object();
}

QString agentProgram()
{
    return QStringLiteral(TEST_BIN_DIR "/vedette-agent");
}

QString testCamera(const QString &id)
{
    return QStringLiteral("\n[[camera]]\nid = \"%1\"\nsource = \"test\"\nwidth = 320\nheight = 180\nframerate = 10\n"
                          "preset = \"ultrafast\"\nbitrate_kbps = 300\n").arg(id);
}

QString AgentProcess::config(const QString &more, int port) const
{
    return QStringLiteral("[agent]\nid = \"%1\"\ndata_dir = \"%2\"\n\n[http]\naddress = \"127.0.0.1\"\nport = %3\n\n"
                          "[sense_hat]\nkind = \"simulated\"\n\n%4").arg(m_id, dataDir()).arg(port).arg(more);
}

Status AgentProcess::startWith(const QString &toml)
{
    QFile file(configFile());
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        return fail(ErrorKind::Internal, QStringLiteral("cannot write %1").arg(configFile()));
    file.write(toml.toUtf8());
    file.close();
    return m_child.start(agentProgram(), {QStringLiteral("--config"), configFile()});
}

Status AgentProcess::startByEnvironment(const QStringList &environment)
{
    if (auto started = m_child.start(agentProgram(), {}, environment); !started)
        return started;
    return waitUntilReady();
}

Status AgentProcess::start(const QString &more)
{
    if (auto started = startWith(config(more)); !started)
        return started;
    return waitUntilReady();
}

Status AgentProcess::waitUntilReady()
{
    const auto line = m_child.waitForLine(QStringLiteral("vedette-agent "), kReady);
    if (!line)
        return fail(line.error().wrap(QString::fromUtf8(m_child.err())));
    m_url = line->section(u' ', 1).trimmed();
    return {};
}

int AgentProcess::port() const
{
    return QUrl(m_url).port();
}

HttpAnswer AgentProcess::finish(QNetworkReply *reply)
{
    QEventLoop loop;
    QTimer::singleShot(kAnswer, &loop, &QEventLoop::quit);
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    HttpAnswer answer{reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
                      reply->header(QNetworkRequest::ContentTypeHeader).toByteArray(), reply->readAll()};
    reply->abort();
    reply->deleteLater();
    return answer;
}

HttpAnswer AgentProcess::get(const QString &path)
{
    return finish(m_access.get(QNetworkRequest(QUrl(m_url + path))));
}

HttpAnswer AgentProcess::post(const QString &path, const QByteArray &body, const QByteArray &contentType, const QByteArray &host)
{
    QNetworkRequest request(QUrl(m_url + path));
    request.setHeader(QNetworkRequest::ContentTypeHeader, contentType);
    if (!host.isEmpty())
        request.setRawHeader("Host", host);
    return finish(m_access.post(request, body));
}

} // namespace vedette::test
