// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/process.h"

#include <QTemporaryDir>

namespace vedette::test {

struct BrokerOptions {
    bool tls = false;     ///< own CA, certificate for localhost and 127.0.0.1
    QString user;         ///< empty: anonymous
    QString password;
    int port = 0;         ///< 0: a free one
};

/// A real Mosquitto on a free port of 127.0.0.1, without persistence: what it forgets in a restart is forgotten.
/// Keeps its port over restarts. Thread-bound.
class TestBroker {
public:
    explicit TestBroker(BrokerOptions options = {});

    /// False where the machine has no mosquitto: QSKIP.
    static bool available();
    /// Returns when it accepts connections.
    Status start();
    /// SIGTERM.
    void stop() { m_child.terminate(); }
    /// SIGKILL.
    void kill() { m_child.kill(); }
    void freeze() { m_child.freeze(); }
    void thaw() { m_child.thaw(); }

    quint16 port() const { return m_port; }
    QString caFile() const { return m_dir.filePath(QStringLiteral("ca.crt")); }
    /// A valid CA that did not sign this broker's certificate.
    QString otherCaFile() const { return m_dir.filePath(QStringLiteral("other.crt")); }
    QByteArray log() { return m_child.err() + m_child.out(); }

private:
    Status prepare();
    Status makeCertificates();

    BrokerOptions m_options;
    QTemporaryDir m_dir;
    quint16 m_port = 0;
    bool m_prepared = false;
    ChildProcess m_child;
};

} // namespace vedette::test
