// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/file_waiter.h"

#include "core/base/worker.h"

#include <QElapsedTimer>
#include <QTest>

#include <unistd.h>

#include <array>
#include <memory>

using namespace vedette;
using namespace vedette::agent;
using namespace std::chrono_literals;

class TestFileWaiter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QCOMPARE(::pipe(m_pipe.data()), 0); }
    void cleanup()
    {
        ::close(m_pipe[0]);
        ::close(m_pipe[1]);
    }
    void outcomes();
    void stopOfAnEarlierWait();

private:
    FileWaiter::Outcome wait(milliseconds limit, const std::stop_token &stop = {})
    {
        const std::array<int, 2> files{-1, m_pipe[0]};
        return m_waiter.wait(files, limit, stop);
    }

    FileWaiter m_waiter;
    std::array<int, 2> m_pipe{};
};

void TestFileWaiter::outcomes()
{
    using Outcome = FileWaiter::Outcome;
    QVERIFY(wait(0ms) == Outcome::TimedOut);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(wait(60ms) == Outcome::TimedOut);
    QVERIFY(timer.elapsed() >= 59);
    QCOMPARE(::write(m_pipe[1], "x", 1), 1);
    QVERIFY(wait(10s) == Outcome::Ready);
    QVERIFY(wait(0ms) == Outcome::Ready);
    char byte = 0;
    QCOMPARE(::read(m_pipe[0], &byte, 1), 1);
    Worker writer("writer", [this](std::stop_token) { (void)!::write(m_pipe[1], "x", 1); });
    QVERIFY(wait(10s) == Outcome::Ready);
}

/// It is over with it: the next wait begins anew.
void TestFileWaiter::stopOfAnEarlierWait()
{
    using Outcome = FileWaiter::Outcome;
    const auto stop = std::make_unique<std::stop_source>();
    Worker stopper("stopper", [&](std::stop_token) { stop->request_stop(); });
    QVERIFY(wait(10s, stop->get_token()) == Outcome::Stopped);
    QVERIFY(wait(10s, stop->get_token()) == Outcome::Stopped);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(wait(60ms) == Outcome::TimedOut);
    QVERIFY(timer.elapsed() >= 59);
    QCOMPARE(::write(m_pipe[1], "x", 1), 1);
    QVERIFY(wait(10s) == Outcome::Ready);
}

QTEST_GUILESS_MAIN(TestFileWaiter)
#include "tst_file_waiter.moc"
