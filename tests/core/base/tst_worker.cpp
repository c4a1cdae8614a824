// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/worker.h"

#include <QTest>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <pthread.h>

using namespace vedette;

namespace {

/// A body that waits for its stop and says that it came.
auto waitForStop(std::atomic<int> &ended)
{
    return [&ended](std::stop_token stop) {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait(lock, stop, [] { return false; });
        ++ended;
    };
}

} // namespace

class TestWorker : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stopEndsItAndIsIdempotent()
    {
        std::atomic<int> ended{0};
        Worker worker("test", waitForStop(ended));
        QVERIFY(worker.running());
        worker.requestStop();
        worker.requestStop();
        worker.stop();
        QCOMPARE(ended.load(), 1);
        QVERIFY(!worker.running());
        worker.stop();
        worker.requestStop();
        Worker none;
        QVERIFY(!none.running());
        none.stop();
    }

    void theDestructorStopsAndJoins()
    {
        std::atomic<int> ended{0};
        {
            const Worker worker("test", waitForStop(ended));
        }
        QCOMPARE(ended.load(), 1);
    }

    void assignmentStopsTheOldOne()
    {
        std::atomic<int> first{0};
        std::atomic<int> second{0};
        Worker worker("first", waitForStop(first));
        worker = Worker("second", waitForStop(second));
        QCOMPARE(first.load(), 1);
        QCOMPARE(second.load(), 0);
        Worker moved = std::move(worker);
        QVERIFY(moved.running());
        moved.stop();
        QCOMPARE(second.load(), 1);
    }

    void theThreadHasItsNameAndNoSignals()
    {
        std::string name;
        bool blocked = false;
        Worker worker("a name longer than fifteen", [&](std::stop_token) {
            char buffer[32] = {};
            pthread_getname_np(pthread_self(), buffer, sizeof buffer);
            name = buffer;
            sigset_t mask;
            pthread_sigmask(SIG_BLOCK, nullptr, &mask);
            blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1;
        });
        worker.stop();
        QCOMPARE(name, std::string("a name longer t"));
        QVERIFY(blocked);
    }
};

QTEST_GUILESS_MAIN(TestWorker)
#include "tst_worker.moc"
