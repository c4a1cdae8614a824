// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtp_reorder.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace vedette;
using namespace vedette::net;

namespace {

MonoTime at(int ms)
{
    return monoFromMicros(ms * 1000);
}

/// All that comes out now, by the number in its bytes.
std::vector<int> drain(RtpReorder &reorder, MonoTime now)
{
    std::vector<int> out;
    while (auto held = reorder.take(now))
        out.push_back(held->bytes[0] << 8 | held->bytes[1]);
    return out;
}

void push(RtpReorder &reorder, int sequence, int ms, std::uint32_t ssrc = 1)
{
    const auto number = static_cast<std::uint16_t>(sequence);
    reorder.push(number, ssrc, {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}, at(ms));
}

} // namespace

class TestRtpReorder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void inOrderNothingWaits()
    {
        RtpReorder reorder;
        for (int i = 65'530; i < 65'550; ++i) { // across the wrap
            push(reorder, i, i);
            QCOMPARE(drain(reorder, at(i)), std::vector<int>{i & 0xffff});
            QVERIFY(!reorder.due());
        }
    }

    void aHoleIsFilled()
    {
        RtpReorder reorder;
        push(reorder, 1, 0);
        push(reorder, 4, 1);
        push(reorder, 3, 2);
        QCOMPARE(drain(reorder, at(2)), std::vector<int>{1});
        push(reorder, 2, 3);
        QCOMPARE(drain(reorder, at(3)), (std::vector<int>{2, 3, 4}));
        QCOMPARE(reorder.late(), std::uint64_t{0});
    }

    void aHoleIsGivenUpInTime()
    {
        RtpReorder reorder;
        push(reorder, 1, 0);
        push(reorder, 3, 10);
        QCOMPARE(drain(reorder, at(49)), std::vector<int>{1});
        QCOMPARE(*reorder.due(), at(50));
        QCOMPARE(drain(reorder, at(50)), std::vector<int>{3});
        push(reorder, 2, 51); // after its time
        push(reorder, 3, 52); // again
        QCOMPARE(drain(reorder, at(200)), std::vector<int>{});
        QCOMPARE(reorder.late(), std::uint64_t{2});
    }

    void aHoleIsGivenUpWhenTooMuchWaits()
    {
        RtpReorder reorder;
        push(reorder, 0, 0);
        QCOMPARE(drain(reorder, at(0)), std::vector<int>{0});
        std::vector<int> out;
        int held = 0;
        for (int i = 2; i < 1000 && out.empty(); ++i, ++held) {
            push(reorder, i, 0);
            out = drain(reorder, at(0));
        }
        QCOMPARE(held, static_cast<int>(RtpReorder::kMaxPackets) + 1);
        QCOMPARE(out.front(), 2);
    }

    void aNewSenderIsNotWaitedFor()
    {
        RtpReorder reorder;
        push(reorder, 5000, 0);
        push(reorder, 5002, 0); // never completed
        push(reorder, 17, 1, 2);
        push(reorder, 18, 1, 2);
        QCOMPARE(drain(reorder, at(1)), (std::vector<int>{5000, 5002, 17, 18}));
        push(reorder, 60'000, 2, 2); // the same name, numbers far behind
        QCOMPARE(drain(reorder, at(2)), std::vector<int>{60'000});
    }

    void anyOrderComesOutRising()
    {
        std::mt19937 random(3);
        for (int round = 0; round < 200; ++round) {
            std::vector<int> sent(300);
            for (int i = 0; i < 300; ++i)
                sent[static_cast<std::size_t>(i)] = i;
            for (std::size_t i = 0; i + 8 < sent.size(); i += 4)
                std::shuffle(sent.begin() + static_cast<std::ptrdiff_t>(i), sent.begin() + static_cast<std::ptrdiff_t>(i + 8), random);
            RtpReorder reorder;
            push(reorder, -1, 0);
            std::vector<int> out = drain(reorder, at(0));
            out.clear();
            for (const int number : sent) {
                if (random() % 50 == 0)
                    continue;
                push(reorder, number, number / 10);
                const std::vector<int> now = drain(reorder, at(number / 10));
                out.insert(out.end(), now.begin(), now.end());
            }
            const std::vector<int> rest = drain(reorder, at(1'000'000));
            out.insert(out.end(), rest.begin(), rest.end());
            QVERIFY(std::is_sorted(out.begin(), out.end()));
            QVERIFY(std::adjacent_find(out.begin(), out.end()) == out.end());
            QVERIFY(out.size() > 250);
        }
    }
};

QTEST_GUILESS_MAIN(TestRtpReorder)
#include "tst_rtp_reorder.moc"
