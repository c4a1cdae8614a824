// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/process.h"

#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QTemporaryDir>

namespace vedette::test {

struct HttpAnswer {
    int status = 0;
    QByteArray type;
    QByteArray body;
    QJsonObject json() const;
};

/// One vedette-agent as a user starts it, on a free port, with its own data directory. Thread-bound.
class AgentProcess {
public:
    explicit AgentProcess(QString id = QStringLiteral("pi-1")) : m_id(std::move(id)) {}

    /// Sections and cameras that follow [agent], [http] and [sense_hat] of the settings file.
    /// Returns when the agent has said that it is ready.
    Status start(const QString &more);
    /// With a whole settings file; does not wait for readiness.
    Status startWith(const QString &toml);
    /// Without a file; entries are "NAME=value". Returns when it is ready.
    Status startByEnvironment(const QStringList &environment);

    ChildProcess &child() { return m_child; }
    const QString &id() const { return m_id; }
    QString url() const { return m_url; }
    int port() const;
    QString dataDir() const { return m_dir.filePath(QStringLiteral("data")); }
    QString configFile() const { return m_dir.filePath(QStringLiteral("agent.toml")); }
    QString config(const QString &more, int port = 0) const;

    HttpAnswer get(const QString &path);
    HttpAnswer post(const QString &path, const QByteArray &body, const QByteArray &contentType = "application/json",
                    const QByteArray &host = {});

private:
    Status waitUntilReady();
    HttpAnswer finish(QNetworkReply *reply);

    QString m_id;
    QTemporaryDir m_dir;
    QString m_url;
    ChildProcess m_child;
    QNetworkAccessManager m_access;
};

QString agentProgram();
/// A settings section of one moving test picture, small enough for any machine.
QString testCamera(const QString &id);

} // namespace vedette::test
