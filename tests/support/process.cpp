// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/process.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>

#include <csignal>
#include <sys/prctl.h>

#ifdef __SANITIZE_THREAD__
// QProcess forks a program that has threads; the child only execs, which TSan cannot know.
extern "C" const char *__tsan_default_options();
extern "C" const char *__tsan_default_options()
{
    return "die_after_fork=0";
}
#endif

namespace vedette::test {
namespace {

void prepare(QProcess &process)
{
    // Nothing that a test starts outlives it.
    process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
}

} // namespace

quint16 freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : quint16(0);
}

bool waitUntil(const std::function<bool()> &done, milliseconds deadline)
{
    const QDeadlineTimer timer(deadline);
    QEventLoop loop;
    QTimer tick;
    tick.setInterval(5);
    QObject::connect(&tick, &QTimer::timeout, &loop, [&] {
        if (timer.hasExpired())
            loop.quit();
    });
    tick.start();
    while (!done()) {
        if (timer.hasExpired())
            return false;
        loop.processEvents(QEventLoop::WaitForMoreEvents);
    }
    return true;
}

bool waitForPort(quint16 port, milliseconds deadline)
{
    return waitUntil(
        [port] {
            QTcpSocket socket;
            socket.connectToHost(QHostAddress::LocalHost, port);
            return socket.waitForConnected(200);
        },
        deadline);
}

QString findProgram(const QString &name)
{
    const QString onPath = QStandardPaths::findExecutable(name);
    return onPath.isEmpty() ? QStandardPaths::findExecutable(
                                  name, {QStringLiteral("/usr/sbin"), QStringLiteral("/usr/local/sbin")})
                            : onPath;
}

QString toolPath(const QString &name)
{
    const QString path = QStringLiteral(TEST_TOOLS_DIR "/") + name;
    return QFileInfo(path).isExecutable() ? path : QString();
}

Result<Finished> runProcess(const QString &program, const QStringList &arguments, milliseconds deadline,
                            const QByteArray &input)
{
    QProcess process;
    prepare(process);
    process.start(program, arguments);
    if (!process.waitForStarted(5000))
        return fail(ErrorKind::NotFound, program + QStringLiteral(" did not start: ") + process.errorString());
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(static_cast<int>(deadline.count()))) {
        process.kill();
        process.waitForFinished(5000);
        return fail(ErrorKind::Timeout, program + QStringLiteral(" did not end in %1 ms: ").arg(deadline.count())
                                            + QString::fromUtf8(process.readAllStandardError()));
    }
    return Finished{process.exitCode(), process.exitStatus() == QProcess::CrashExit, process.readAllStandardOutput(),
                    process.readAllStandardError()};
}

Status ChildProcess::start(const QString &program, const QStringList &arguments, const QStringList &environment)
{
    kill();
    m_out.clear();
    m_err.clear();
    m_process = std::make_unique<QProcess>();
    prepare(*m_process);
    if (!environment.isEmpty())
        m_process->setEnvironment(QProcess::systemEnvironment() + environment);
    m_process->start(program, arguments);
    if (m_process->waitForStarted(5000))
        return {};
    return fail(ErrorKind::NotFound, program + QStringLiteral(" did not start: ") + m_process->errorString());
}

bool ChildProcess::terminate(milliseconds deadline)
{
    if (!running())
        return true;
    m_process->terminate();
    const bool ended = m_process->waitForFinished(static_cast<int>(deadline.count()));
    if (!ended)
        kill();
    return ended;
}

void ChildProcess::kill()
{
    if (!running())
        return;
    m_process->kill();
    m_process->waitForFinished(5000);
}

void ChildProcess::freeze()
{
    if (running())
        ::kill(static_cast<pid_t>(pid()), SIGSTOP);
}

void ChildProcess::thaw()
{
    if (running())
        ::kill(static_cast<pid_t>(pid()), SIGCONT);
}

bool ChildProcess::waitForEnd(milliseconds deadline)
{
    return !running() || m_process->waitForFinished(static_cast<int>(deadline.count()));
}

void ChildProcess::collect()
{
    if (!m_process)
        return;
    m_out += m_process->readAllStandardOutput();
    m_err += m_process->readAllStandardError();
}

QByteArray ChildProcess::out()
{
    collect();
    return m_out;
}

QByteArray ChildProcess::err()
{
    collect();
    return m_err;
}

Result<QString> ChildProcess::waitForLine(const QString &prefix, milliseconds deadline)
{
    const QByteArray wanted = prefix.toUtf8();
    QString found;
    const bool ok = waitUntil(
        [&] {
            const QByteArray text = out();
            for (qsizetype begin = 0, end = 0; (end = text.indexOf('\n', begin)) >= 0; begin = end + 1) {
                const QByteArray line = text.mid(begin, end - begin);
                if (!line.startsWith(wanted))
                    continue;
                found = QString::fromUtf8(line.mid(wanted.size())).trimmed();
                return true;
            }
            return !running();
        },
        deadline);
    if (ok && out().contains(wanted))
        return found;
    return fail(ErrorKind::NotFound,
                QStringLiteral("no line \"%1\"; standard error: %2").arg(prefix, QString::fromUtf8(err())));
}

void ChildProcess::write(const QByteArray &input)
{
    if (!running())
        return;
    m_process->write(input);
    m_process->waitForBytesWritten(1000);
}

} // namespace vedette::test
