// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/capture_jpeg.h"

#include "core/protocol/capture_sei.h"

#include <QTest>

using namespace vedette;
using Bytes = std::vector<std::uint8_t>;

namespace {

CaptureStamp stamp()
{
    return {0x0123456789abcdef, 7, 42, utcFromMicros(1'790'000'000'003'456), microseconds{1500}, true};
}

CaptureStamp unknown()
{
    CaptureStamp stamp{77, 3, 5, {}, {}, false};
    return stamp;
}

/// SOI, APP0, DQT (empty), SOS with data that look like a COM segment, EOI.
Bytes jpeg()
{
    return {0xff, 0xd8, 0xff, 0xe0, 0, 4, 'J', 'F', 0xff, 0xdb, 0, 3, 1, 0xff, 0xda, 0, 2, 0xff, 0xfe, 0, 4, 1, 2, 0xff, 0xd9};
}

} // namespace

class TestCaptureJpeg : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void headerIsFixedForEver()
    {
        QCOMPARE(protocol::captureTimeText(stamp()),
                 QByteArray("2026-09-21T14:13:20.003456Z; uncertainty-us=1500; run=81985529216486895; sequence=42; settings=7"));
        QCOMPARE(protocol::captureTimeText(unknown()), QByteArray("unknown; run=77; sequence=5; settings=3"));
    }

    void headerRoundTrip_data()
    {
        QTest::addColumn<CaptureStamp>("written");
        QTest::newRow("usual") << stamp();
        QTest::newRow("unknown") << unknown();
        CaptureStamp at = stamp();
        for (const std::int64_t micros : {0LL, 1LL, 951'782'399'999'999LL, 951'868'799'000'000LL, 4'107'542'400'000'000LL, 253'402'300'799'999'999LL}) {
            at.captured = utcFromMicros(micros);
            QTest::addRow("%lld", static_cast<long long>(micros)) << at;
        }
        QTest::newRow("largest") << CaptureStamp{UINT64_MAX, UINT32_MAX, UINT64_MAX, utcFromMicros(1), microseconds{UINT32_MAX}, true};
    }
    void headerRoundTrip()
    {
        QFETCH(CaptureStamp, written);
        const auto read = protocol::parseCaptureTime(protocol::captureTimeText(written));
        QVERIFY2(read, qPrintable(read ? QString() : read.error().text()));
        QVERIFY(*read == written);
    }

    void impossibleTimeIsUnknown()
    {
        CaptureStamp wild = stamp();
        wild.captured = utcFromMicros(-1);
        QVERIFY(protocol::captureTimeText(wild).startsWith("unknown;"));
    }

    void headersOfOthers_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("micros"); // -1: refused
        QTest::newRow("no parameters but uncertainty") << QByteArray("1970-01-01T00:00:01Z;uncertainty-us=5") << qint64{1'000'000};
        QTest::newRow("milliseconds") << QByteArray("1970-01-01T00:00:01.5Z ; Uncertainty-US = 5 ; x ; y=z") << qint64{1'500'000};
        QTest::newRow("nanoseconds") << QByteArray("1970-01-01T00:00:01.123456789Z; uncertainty-us=5") << qint64{1'123'456};
        QTest::newRow("no uncertainty") << QByteArray("1970-01-01T00:00:01Z") << qint64{-1};
        QTest::newRow("uncertainty that is none") << QByteArray("1970-01-01T00:00:01Z; uncertainty-us=-3") << qint64{-1};
        QTest::newRow("another zone") << QByteArray("1970-01-01T00:00:01+02:00; uncertainty-us=5") << qint64{-1};
        QTest::newRow("no such day") << QByteArray("2025-02-29T00:00:01Z; uncertainty-us=5") << qint64{-1};
        QTest::newRow("no such hour") << QByteArray("2025-02-27T24:00:01Z; uncertainty-us=5") << qint64{-1};
        QTest::newRow("a dot too few digits") << QByteArray("1970-01-01T00:00:01.Z; uncertainty-us=5") << qint64{-1};
        QTest::newRow("letters in it") << QByteArray("1970-01-01T00:00:01.12x456Z; uncertainty-us=5") << qint64{-1};
        QTest::newRow("unknown alone") << QByteArray("unknown") << qint64{-1};
        QTest::newRow("empty") << QByteArray() << qint64{-1};
        QTest::newRow("seconds since 1970") << QByteArray("1790000000.5") << qint64{-1};
        QTest::newRow("endless") << QByteArray(100'000, ';') << qint64{-1};
    }
    void headersOfOthers()
    {
        QFETCH(QByteArray, text);
        QFETCH(qint64, micros);
        const auto read = protocol::parseCaptureTime(text);
        QCOMPARE(read.has_value(), micros >= 0);
        if (read)
            QCOMPARE(toMicros(read->captured), std::int64_t{micros});
        else
            QCOMPARE(int(read.error().kind), int(ErrorKind::Corrupt));
    }

    void segmentRoundTrip()
    {
        for (const CaptureStamp &written : {stamp(), unknown()}) {
            Bytes picture = jpeg();
            protocol::insertJpegCapture(picture, written);
            QCOMPARE(picture.size(), jpeg().size() + 4 + 16 + protocol::kCaptureBodySize);
            const Bytes begin(picture.begin(), picture.begin() + 12);
            QCOMPARE(begin, (Bytes{0xff, 0xd8, 0xff, 0xe0, 0, 4, 'J', 'F', 0xff, 0xfe, 0, 52})); // behind APP0
            const auto read = protocol::findJpegCapture(picture);
            QVERIFY(read);
            QVERIFY(*read == written);
        }
    }

    void withoutApp0()
    {
        Bytes picture{0xff, 0xd8, 0xff, 0xd9};
        protocol::insertJpegCapture(picture, stamp());
        QVERIFY(protocol::findJpegCapture(picture));
        QCOMPARE(picture.back(), std::uint8_t{0xd9});
    }

    void nothingThere()
    {
        QCOMPARE(int(protocol::findJpegCapture(jpeg()).error().kind), int(ErrorKind::NotFound));
        Bytes comment{0xff, 0xd8, 0xff, 0xff, 0xfe, 0, 7, 'h', 'e', 'l', 'l', 'o', 0xff, 0xd9};
        QCOMPARE(int(protocol::findJpegCapture(comment).error().kind), int(ErrorKind::NotFound));
        protocol::insertJpegCapture(comment, stamp());
        QVERIFY(protocol::findJpegCapture(comment)); // beside somebody else's comment
        Bytes text{'<', 'h', 't', 'm', 'l', '>'};
        protocol::insertJpegCapture(text, stamp());
        QCOMPARE(text.size(), std::size_t{6});
    }

    void cutAnywhere()
    {
        Bytes picture = jpeg();
        protocol::insertJpegCapture(picture, stamp());
        for (std::size_t n = 0; n <= picture.size(); ++n) {
            const auto read = protocol::findJpegCapture(std::span(picture).first(n));
            QCOMPARE(read.has_value(), n >= 8 + 4 + 50);
        }
        picture[12 + 16] = 9; // a version to come
        QCOMPARE(int(protocol::findJpegCapture(picture).error().kind), int(ErrorKind::Unsupported));
    }
};

QTEST_APPLESS_MAIN(TestCaptureJpeg)
#include "tst_capture_jpeg.moc"
