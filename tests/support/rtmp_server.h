// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/process.h"

#include <QTemporaryDir>

namespace vedette::test {

/// A real nginx with its RTMP module on free ports of 127.0.0.1. Application "live" takes anybody, "closed" nobody; one
/// publisher a stream name. Keeps its port over restarts. Thread-bound.
class RtmpServer {
public:
    RtmpServer() : m_port(freePort()) {}

    /// False where nginx or its module is missing: QSKIP("…"), never a pass.
    static bool available();
    Status start();
    void kill() { m_child.kill(); }
    void freeze() { m_child.freeze(); }
    void thaw() { m_child.thaw(); }

    quint16 port() const { return m_port; }
    QString url(const QString &path) const { return QStringLiteral("rtmp://127.0.0.1:%1/%2").arg(m_port).arg(path); }

private:
    QTemporaryDir m_dir;
    quint16 m_port;
    ChildProcess m_child;
};

} // namespace vedette::test
