// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/child_process.h"

#include "core/base/logging.h"
#include "core/base/secret.h"

#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcChild, "vedette.child")

constexpr milliseconds kReaping{500}; // from the end of its output, or SIGKILL, to its own
constexpr qsizetype kMostWords = 200; // characters

struct Pipe {
    Pipe() { good = ::pipe2(ends.data(), O_CLOEXEC) == 0; }
    ~Pipe()
    {
        closeEnd(0);
        closeEnd(1);
    }
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;
    void closeEnd(std::size_t which)
    {
        if (ends[which] >= 0)
            ::close(ends[which]);
        ends[which] = -1;
    }
    int release(std::size_t which) { return std::exchange(ends[which], -1); }

    std::array<int, 2> ends{-1, -1};
    bool good = false;
};

/// In the child: only calls that are safe after fork(2) in a program with threads (signal-safety(7)).
[[noreturn]] void become(const char *program, char *const *arguments, pid_t parent, int out, int err, int report)
{
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) // it ended before that line
        ::_exit(127);
    // The agent blocks and ignores signals that must end a child.
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
    ::execv(program, arguments);
    const int code = errno;
    (void)!::write(report, &code, sizeof code);
    ::_exit(127);
}

Error startError(const QString &program, int code)
{
    const ErrorKind kind = code == ENOENT ? ErrorKind::NotFound : code == EACCES ? ErrorKind::Denied : ErrorKind::Unavailable;
    return {kind, QStringLiteral("%1 cannot be started: %2").arg(program, QString::fromLocal8Bit(std::strerror(code))), nullptr};
}

} // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const QString &program, const QStringList &arguments)
{
    std::vector<QByteArray> words{QFile::encodeName(program)};
    for (const QString &argument : arguments)
        words.push_back(argument.toLocal8Bit());
    std::vector<char *> vector;
    for (QByteArray &word : words)
        vector.push_back(word.data());
    vector.push_back(nullptr);

    Pipe out;
    Pipe err;
    Pipe report;
    if (!out.good || !err.good || !report.good)
        return fail(startError(program, errno));
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        return fail(startError(program, errno));
    if (pid == 0)
        become(vector.front(), vector.data(), parent, out.ends[1], err.ends[1], report.ends[1]);
    ::setpgid(pid, pid); // whoever is first; a signal to the group must never find none
    for (Pipe *each : {&out, &err, &report})
        each->closeEnd(1);
    int code = 0;
    const bool failed = ::read(report.ends[0], &code, sizeof code) == sizeof code; // ends at once: execv closes it
    const int end = failed ? -1 : static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)) /* glibc 2.36 declares its own wrongly for C++ */;
    if (end < 0) {
        if (!failed)
            code = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return fail(startError(program, code));
    }
    (void)::fcntl(out.ends[0], F_SETPIPE_SZ, kPipeBytes); // a limit for the user may forbid it
    for (const Pipe *each : {&out, &err})
        (void)::fcntl(each->ends[0], F_SETFL, O_NONBLOCK);
    return std::unique_ptr<ChildProcess>(new ChildProcess(QFileInfo(program).fileName(), pid, out.release(0), err.release(0), end));
}

ChildProcess::~ChildProcess()
{
    if (!m_status) {
        ::kill(-m_pid, SIGTERM);
        if (!reap(kTermination)) {
            qCWarning(lcChild).noquote() << m_name << "does not end and is killed";
            ::kill(-m_pid, SIGKILL);
            if (!reap(kReaping))
                qCWarning(lcChild).noquote() << m_name << "hangs in the kernel and is left behind, process" << m_pid;
        }
    }
    for (const int file : {m_out, m_err, m_end}) {
        if (file >= 0)
            ::close(file);
    }
}

/// True once it has ended.
bool ChildProcess::reap(milliseconds limit)
{
    if (m_status)
        return true;
    if (m_waiter.wait(std::span(&m_end, 1), limit, {}) != FileWaiter::Outcome::Ready)
        return false;
    int status = 0;
    if (::waitpid(m_pid, &status, WNOHANG) != m_pid)
        return false;
    m_status = status;
    ::kill(-m_pid, SIGKILL); // what it has started itself
    return true;
}

void ChildProcess::readErrors()
{
    std::array<char, 4096> buffer;
    constexpr int kRounds = 16; // a flood must not hold up the pictures
    for (int i = 0; i < kRounds && m_err >= 0; ++i) {
        const ssize_t got = ::read(m_err, buffer.data(), buffer.size());
        if (got < 0)
            return;
        if (got == 0) {
            ::close(m_err);
            m_err = -1;
            return;
        }
        m_errors.append(buffer.data(), got);
        m_errors = m_errors.right(kKeptErrors);
    }
}

QString ChildProcess::lastWords() const
{
    const QList<QByteArray> lines = m_errors.split('\n');
    QByteArray chosen;
    for (auto line = lines.crbegin(); line != lines.crend(); ++line) {
        if (line->trimmed().isEmpty())
            continue;
        const bool tellsError = line->contains("ERROR") || line->contains("FATAL");
        if (tellsError || chosen.isEmpty())
            chosen = *line;
        if (tellsError)
            break;
    }
    QString text = redact(QString::fromUtf8(chosen)).simplified();
    // rpicam-apps write "ERROR: *** text ***".
    text.remove(QStringLiteral("ERROR: ***")).remove(QStringLiteral("***"));
    text.removeIf([](QChar c) { return c.category() == QChar::Other_Control || c == QChar::ReplacementCharacter; });
    return text.trimmed().left(kMostWords);
}

/// Its output is at its end.
Error ChildProcess::ended()
{
    const bool over = reap(kReaping);
    readErrors();
    QString how = QStringLiteral("%1 closed its output").arg(m_name);
    if (over && WIFSIGNALED(*m_status))
        how = QStringLiteral("%1 was ended by signal %2 (%3)").arg(m_name).arg(WTERMSIG(*m_status)).arg(QString::fromLocal8Bit(::strsignal(WTERMSIG(*m_status))));
    else if (over)
        how = QStringLiteral("%1 ended with exit code %2").arg(m_name).arg(WEXITSTATUS(*m_status));
    const QString words = lastWords();
    return {ErrorKind::Unavailable, words.isEmpty() ? how : how + QStringLiteral(": ") + words, nullptr};
}

Result<std::size_t> ChildProcess::read(std::span<std::uint8_t> buffer, milliseconds limit, const std::stop_token &stop)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        readErrors();
        const ssize_t got = ::read(m_out, buffer.data(), buffer.size());
        if (got > 0)
            return static_cast<std::size_t>(got);
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            return fail(ended());
        if (m_status)
            return fail(ended()); // what it started holds its output open
        const std::array<int, 3> files{m_out, m_err, m_end};
        const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        const auto outcome = m_waiter.wait(files, std::max(left, milliseconds{0}), stop);
        if (outcome == FileWaiter::Outcome::Stopped)
            return fail(ErrorKind::Cancelled, QStringLiteral("%1 was stopped").arg(m_name));
        if (outcome == FileWaiter::Outcome::TimedOut || left <= milliseconds{0}) // also while it chatters on stderr
            return fail(ErrorKind::Timeout, QStringLiteral("%1 wrote nothing for %2 ms").arg(m_name).arg(limit.count()));
        (void)reap(milliseconds{0});
    }
}

Result<QByteArray> ChildProcess::readAll(qsizetype most, milliseconds limit, const std::stop_token &stop)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    QByteArray all;
    std::array<std::uint8_t, 4096> buffer;
    while (all.size() < most) {
        const auto got = read(buffer, std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()), stop);
        if (!got && m_status && WIFEXITED(*m_status) && WEXITSTATUS(*m_status) == 0)
            break;
        if (!got)
            return fail(got.error());
        all.append(reinterpret_cast<const char *>(buffer.data()), static_cast<qsizetype>(*got));
    }
    return all.left(most);
}

} // namespace vedette::agent
