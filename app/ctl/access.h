// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"

#include <QCommandLineParser>
#include <QList>
#include <QProcessEnvironment>
#include <QString>
#include <QUrl>

namespace vedette::app {

/// How to reach the fleet, as said on the command line or in the environment.
struct Access {
    QString server;        ///< host of the MQTT broker; empty: none
    quint16 port = 1883;
    QString user;
    Secret password;
    bool tls = false;
    QString caFile;
    QList<QUrl> agents;    ///< base URLs of agents' HTTP ports

    bool isEmpty() const { return server.isEmpty() && agents.isEmpty(); }
};

/// --server, --agent, --user, --password-file, --tls, --ca-file.
void addAccessOptions(QCommandLineParser &parser);

/// The command line rules over VEDETTE_SERVER, VEDETTE_AGENT (several separated by spaces or commas), VEDETTE_MQTT_USER
/// and VEDETTE_MQTT_PASSWORD. InvalidInput names the option or variable and what is wrong.
Result<Access> accessFrom(const QCommandLineParser &parser, const QProcessEnvironment &environment);

} // namespace vedette::app
