// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QProcess>
#include <QStringList>

#include <functional>
#include <memory>

namespace vedette::test {

/// A TCP port of 127.0.0.1 that nobody listens on at this moment.
quint16 freePort();
/// True as soon as something accepts on 127.0.0.1:port; false at the deadline.
bool waitForPort(quint16 port, milliseconds deadline);
/// Waits without sleeping: runs the event loop until done() or the deadline.
bool waitUntil(const std::function<bool()> &done, milliseconds deadline);
/// A program on PATH or in the sbin folders; empty when there is none.
QString findProgram(const QString &name);
/// A program built under tests/support.
QString toolPath(const QString &name);

struct Finished {
    int exitCode = -1;
    bool crashed = false;
    QByteArray out;
    QByteArray err;
};
/// Runs to the end. Timeout (the child is killed) or NotFound (it did not start).
Result<Finished> runProcess(const QString &program, const QStringList &arguments, milliseconds deadline,
                            const QByteArray &input = {});

/// A child that runs beside the test and ends with it, even when the test is killed. Thread-bound.
class ChildProcess {
public:
    ChildProcess() = default;
    ~ChildProcess() { kill(); }
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;

    /// Environment entries are "NAME=value".
    Status start(const QString &program, const QStringList &arguments, const QStringList &environment = {});
    /// SIGTERM, then SIGKILL at the deadline. False when it had to be killed.
    bool terminate(milliseconds deadline = milliseconds{5000});
    void kill();
    /// SIGSTOP and SIGCONT: a peer that is there and says nothing.
    void freeze();
    void thaw();
    /// Waits for the end by itself.
    bool waitForEnd(milliseconds deadline);

    bool running() const { return m_process && m_process->state() == QProcess::Running; }
    qint64 pid() const { return m_process ? m_process->processId() : 0; }
    int exitCode() const { return m_process ? m_process->exitCode() : -1; }
    /// All output so far.
    QByteArray out();
    QByteArray err();
    /// Waits until stdout holds a whole line that begins with prefix; the rest of that line, or NotFound.
    Result<QString> waitForLine(const QString &prefix, milliseconds deadline);
    void write(const QByteArray &input);

private:
    void collect();

    std::unique_ptr<QProcess> m_process;
    QByteArray m_out;
    QByteArray m_err;
};

} // namespace vedette::test
