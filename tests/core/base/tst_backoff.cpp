// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/backoff.h"

#include <QTest>

#include <set>

using namespace vedette;

class TestBackoff : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void delaysDoubleUpToTheCap()
    {
        for (std::uint32_t seed = 0; seed < 100; ++seed) {
            Backoff backoff(milliseconds{500}, milliseconds{30'000}, seed);
            std::int64_t full = 500;
            for (unsigned i = 0; i < 100; ++i) {
                QCOMPARE(backoff.failures(), i);
                const auto delay = backoff.next().count();
                QVERIFY2(delay >= full / 2 && delay <= full,
                         qPrintable(QStringLiteral("%1 of %2").arg(delay).arg(full)));
                full = std::min<std::int64_t>(full * 2, 30'000);
            }
        }
    }

    void aSuccessStartsAgain()
    {
        Backoff backoff(milliseconds{100}, milliseconds{10'000}, 1);
        for (int i = 0; i < 10; ++i)
            backoff.next();
        backoff.reset();
        QCOMPARE(backoff.failures(), 0U);
        QVERIFY(backoff.next() <= milliseconds{100});
    }

    void clientsDoNotComeBackInStep()
    {
        std::set<std::int64_t> delays;
        for (std::uint32_t seed = 0; seed < 100; ++seed)
            delays.insert(Backoff(milliseconds{30'000}, milliseconds{30'000}, seed * 7919).next().count());
        QVERIFY(delays.size() > 50);
        delays.clear();
        for (int i = 0; i < 20; ++i)
            delays.insert(Backoff(milliseconds{30'000}, milliseconds{30'000}).next().count());
        QVERIFY(delays.size() > 5); // seeded by chance
    }

    void extremes()
    {
        QCOMPARE(Backoff(milliseconds{0}, milliseconds{0}, 1).next().count(), 0);
        Backoff longest(std::chrono::hours(24), std::chrono::hours(24 * 365), 1);
        for (int i = 0; i < 200; ++i)
            QVERIFY(longest.next() <= std::chrono::hours(24 * 365) && longest.next().count() > 0);
    }
};

QTEST_GUILESS_MAIN(TestBackoff)
#include "tst_backoff.moc"
