// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/capture_sei.h"

#include <QTest>

using namespace vedette;

namespace {

CaptureStamp stamp()
{
    return {0x0123456789abcdef, 7, 42, utcFromMicros(1'790'000'000'123'456), microseconds{1500}, true};
}

} // namespace

class TestCaptureSei : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bytesAreFixedForEver()
    {
        const auto bytes = protocol::encodeCapture(stamp());
        const QByteArray hex =
            QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size())).toHex();
        QCOMPARE(hex, QByteArray("5a8f1c0e7d244f6b9c1a76656465747f"
                                 "0101000000070123456789abcdef000000000000002a00065bfeda27c240000005dc"));
    }

    void roundTrip_data()
    {
        QTest::addColumn<CaptureStamp>("written");
        QTest::newRow("usual") << stamp();
        QTest::newRow("zero") << CaptureStamp{};
        CaptureStamp unknown = stamp();
        unknown.known = false;
        unknown.captured = utcFromMicros(-5);
        QTest::newRow("time unknown") << unknown;
        CaptureStamp largest{
            UINT64_MAX, UINT32_MAX, UINT64_MAX, utcFromMicros(253'402'300'799'999'999), microseconds{UINT32_MAX}, true};
        QTest::newRow("largest") << largest;
    }
    void roundTrip()
    {
        QFETCH(CaptureStamp, written);
        const auto read = protocol::decodeCapture(protocol::encodeCapture(written));
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QVERIFY(*read == written);
    }

    void uncertaintyIsClamped()
    {
        CaptureStamp wide = stamp();
        wide.uncertainty = microseconds{INT64_MAX};
        QCOMPARE(protocol::decodeCapture(protocol::encodeCapture(wide))->uncertainty.count(), std::int64_t{UINT32_MAX});
        wide.uncertainty = microseconds{-1};
        QCOMPARE(protocol::decodeCapture(protocol::encodeCapture(wide))->uncertainty.count(), std::int64_t{0});
    }

    void longerBodiesOfThisVersionAreRead()
    {
        auto bytes = protocol::encodeCapture(stamp());
        bytes.resize(bytes.size() + 100, 0xff);
        QVERIFY(*protocol::decodeCapture(bytes) == stamp());
    }

    void everyCutIsRefused()
    {
        const auto bytes = protocol::encodeCapture(stamp());
        for (std::size_t n = 0; n < bytes.size(); ++n) {
            const auto read = protocol::decodeCapture(std::span(bytes).first(n));
            QVERIFY(!read);
            QCOMPARE(toString(read.error().kind), toString(n < 16 ? ErrorKind::NotFound : ErrorKind::Corrupt));
        }
    }

    void wrongBytes_data()
    {
        QTest::addColumn<int>("at");
        QTest::addColumn<int>("value");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("another UUID") << 15 << 0x00 << ErrorKind::NotFound;
        QTest::newRow("version 0") << 16 << 0 << ErrorKind::Corrupt;
        QTest::newRow("version 2") << 16 << 2 << ErrorKind::Unsupported;
        QTest::newRow("version 255") << 16 << 255 << ErrorKind::Unsupported;
        QTest::newRow("before 1970") << 38 << 0x80 << ErrorKind::Corrupt;
        QTest::newRow("after 9999") << 38 << 0x7f << ErrorKind::Corrupt;
    }
    void wrongBytes()
    {
        QFETCH(int, at);
        QFETCH(int, value);
        QFETCH(ErrorKind, kind);
        auto bytes = protocol::encodeCapture(stamp());
        bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
        const auto read = protocol::decodeCapture(bytes);
        QVERIFY(!read);
        QCOMPARE(toString(read.error().kind), toString(kind));
    }
};

QTEST_GUILESS_MAIN(TestCaptureSei)
#include "tst_capture_sei.moc"
