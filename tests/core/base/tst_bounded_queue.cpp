// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/bounded_queue.h"

#include "core/base/worker.h"

#include <QElapsedTimer>
#include <QTest>

#include <atomic>
#include <memory>

using namespace vedette;

class TestBoundedQueue : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void firstInFirstOut()
    {
        BoundedQueue<int> queue("test", 3);
        QCOMPARE(queue.name(), std::string("test"));
        QVERIFY(!queue.tryPop());
        QVERIFY(queue.push(1) && queue.push(2));
        QCOMPARE(queue.tryPop().value(), 1);
        QCOMPARE(queue.tryPop().value(), 2);
        QVERIFY(!queue.tryPop());
    }

    void theOldestGoAndAreCounted()
    {
        BoundedQueue<int> queue("test", 3);
        for (int i = 0; i < 10; ++i)
            QCOMPARE(queue.push(i), i < 3);
        const QueueCount count = queue.count();
        QCOMPARE(count.pushed, 10U);
        QCOMPARE(count.dropped, 7U);
        QCOMPARE(count.size, 3U);
        QCOMPARE(queue.tryPop().value(), 7);
        queue.clear();
        QCOMPARE(queue.count().size, 0U);
        QCOMPARE(queue.count().pushed, 10U);
    }

    void valuesMayBeMovedOnly()
    {
        BoundedQueue<std::unique_ptr<int>> queue("test", 1);
        queue.push(std::make_unique<int>(5));
        QCOMPARE(*queue.tryPop().value(), 5);
    }

    void popWaitsForAnEntry()
    {
        BoundedQueue<int> queue("test", 3);
        std::atomic<int> got{0};
        Worker reader("reader",
                      [&](std::stop_token stop) { got = queue.pop(stop, milliseconds{10'000}).value_or(-1); });
        queue.push(5);
        QTRY_COMPARE(got.load(), 5);
    }

    void popEndsAtTheTimeOut()
    {
        BoundedQueue<int> queue("test", 3);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(!queue.pop({}, milliseconds{30}));
        QVERIFY(timer.elapsed() >= 29);
    }

    void popEndsAtTheStop()
    {
        BoundedQueue<int> queue("test", 3);
        std::atomic<bool> waiting{false};
        std::atomic<bool> empty{false};
        Worker reader("reader", [&](std::stop_token stop) {
            waiting = true;
            empty = !queue.pop(stop, milliseconds{60'000});
        });
        QTRY_VERIFY(waiting);
        QElapsedTimer timer;
        timer.start();
        reader.stop();
        QVERIFY(empty);
        QVERIFY(timer.elapsed() < 5000);
    }

    void nothingIsLostOrDoubledBetweenThreads()
    {
        constexpr int kWriters = 3;
        constexpr int kEach = 20'000;
        BoundedQueue<int> queue("test", 64);
        std::atomic<std::uint64_t> read{0};
        std::atomic<int> writing{kWriters};
        Worker reader("reader", [&](std::stop_token stop) {
            while (writing > 0 || queue.count().size > 0) {
                if (queue.pop(stop, milliseconds{5}))
                    ++read;
            }
        });
        {
            std::vector<Worker> writers;
            for (int w = 0; w < kWriters; ++w) {
                writers.emplace_back("writer", [&](std::stop_token) {
                    for (int i = 0; i < kEach; ++i)
                        queue.push(i);
                    --writing;
                });
            }
        }
        QTRY_COMPARE(queue.count().size, 0U);
        reader.stop();
        QCOMPARE(queue.count().pushed, std::uint64_t{kWriters} * kEach);
        QCOMPARE(read + queue.count().dropped, std::uint64_t{kWriters} * kEach);
    }
};

QTEST_GUILESS_MAIN(TestBoundedQueue)
#include "tst_bounded_queue.moc"
