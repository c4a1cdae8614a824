// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "edge-agent/capture/file_waiter.h"

#include <QByteArray>
#include <QStringList>

#include <memory>
#include <optional>
#include <span>
#include <stop_token>

#include <sys/types.h>

namespace vedette::agent {

/// A program that gives its output to the agent: started by an argument vector, without a shell, in a process group of its
/// own, with the agent's environment. Used by the thread that started it, with whose end the kernel ends it, too
/// (PR_SET_PDEATHSIG). What it writes to stderr is read along and kept, bounded, for the reason of its end.
class ChildProcess {
public:
    static constexpr int kPipeBytes = 1 << 20;         ///< of stdout; a whole key frame, where the system allows it
    static constexpr qsizetype kKeptErrors = 4096;     ///< bytes of stderr, the newest
    static constexpr milliseconds kTermination{700};   ///< from SIGTERM to SIGKILL

    /// program: an absolute path. NotFound, Denied or Unavailable when it does not start.
    static Result<std::unique_ptr<ChildProcess>> start(const QString &program, const QStringList &arguments);
    /// SIGTERM, then SIGKILL, to the whole group.
    ~ChildProcess();

    /// At least one byte of stdout. Timeout when none came within the limit, Cancelled on stop; Unavailable, with the
    /// reason, once the program has ended or closed its output.
    Result<std::size_t> read(std::span<std::uint8_t> buffer, milliseconds limit, const std::stop_token &stop);
    /// All of stdout up to its end, at most this many bytes; errors as read().
    Result<QByteArray> readAll(qsizetype most, milliseconds limit, const std::stop_token &stop);

    const QString &name() const { return m_name; }     ///< without folder
    pid_t pid() const { return m_pid; }
    /// Its newest line on stderr that tells an error, else the newest one; one line without secrets, at most 200 characters.
    QString lastWords() const;

private:
    ChildProcess(const QString &name, pid_t pid, int out, int err, int end) : m_name(name), m_pid(pid), m_out(out), m_err(err), m_end(end) {}
    void readErrors();
    bool reap(milliseconds limit);
    Error ended();

    const QString m_name;
    const pid_t m_pid;
    const int m_out;              ///< read ends of its pipes
    int m_err;                    ///< -1 once closed
    const int m_end;              ///< pidfd: readable once it has ended
    std::optional<int> m_status;  ///< of waitpid(2)
    QByteArray m_errors;
    FileWaiter m_waiter;
};

} // namespace vedette::agent
