// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/multipart_parser.h"

#include <QTest>

using namespace vedette;
using namespace vedette::net;

namespace {

const QByteArray kType = "multipart/x-mixed-replace; boundary=frame";

QByteArray jpeg(char content, qsizetype size = 10)
{
    return QByteArray("\xff\xd8") + QByteArray(size, content) + "\xff\xd9";
}

QByteArray sized(const QByteArray &picture, const QByteArray &delimiter = "--frame")
{
    return delimiter + "\r\nContent-Type: image/jpeg\r\nContent-Length: " + QByteArray::number(picture.size()) + "\r\n\r\n" + picture + "\r\n";
}

struct Outcome {
    QList<QByteArray> pictures; // without what fills up their ends
    std::vector<MultipartPart> parts;
    bool corrupt = false;
};

Outcome parse(const QByteArray &contentType, const QByteArray &bytes, qsizetype piece)
{
    Outcome outcome;
    MultipartParser parser(contentType);
    for (qsizetype at = 0; at < bytes.size() && !outcome.corrupt; at += piece) {
        const QByteArray now = bytes.mid(at, piece);
        parser.feed(now.constData(), std::size_t(now.size()));
        for (;;) {
            auto part = parser.next();
            outcome.corrupt = !part;
            if (!part || !*part)
                break;
            QByteArray picture(reinterpret_cast<const char *>((*part)->body.data()), qsizetype((*part)->body.size()));
            picture.truncate(picture.lastIndexOf('\xd9') + 1);
            outcome.pictures.append(picture);
            outcome.parts.push_back(std::move(**part));
        }
    }
    return outcome;
}

} // namespace

class TestMultipartParser : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void dialects_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("bytes");
        const QByteArray a = jpeg('a');
        const QByteArray b = jpeg('b', 5000);
        const QByteArray both = sized(a) + sized(b);
        QTest::newRow("plain") << kType << both;
        QTest::newRow("quoted") << QByteArray("multipart/x-mixed-replace;boundary=\"frame\"") << both;
        QTest::newRow("quoted, with a semicolon") << QByteArray("multipart/x-mixed-replace; boundary=\"fr;ame\"; charset=x")
                                                  << sized(a, "--fr;ame") + sized(b, "--fr;ame");
        QTest::newRow("escaped quote") << QByteArray("multipart/x-mixed-replace; boundary=\"fr\\\"ame\"") << sized(a, "--fr\"ame") + sized(b, "--fr\"ame");
        QTest::newRow("upper case, spaces") << QByteArray("Multipart/X-Mixed-Replace ; BOUNDARY = frame ; x=y") << both;
        QTest::newRow("dashes already in it") << QByteArray("multipart/x-mixed-replace; boundary=--frame") << both;
        QTest::newRow("dashes in it and before it") << QByteArray("multipart/x-mixed-replace; boundary=--frame")
                                                    << sized(a, "----frame") + sized(b, "----frame");
        QTest::newRow("no dashes at all") << kType << sized(a, "frame") + sized(b, "frame");
        QTest::newRow("not announced") << QByteArray("multipart/x-mixed-replace") << both;
        QTest::newRow("announced empty") << QByteArray("multipart/x-mixed-replace; boundary=") << both;
        QTest::newRow("another than announced") << QByteArray("multipart/x-mixed-replace; boundary=other") << both;
        QTest::newRow("unclosed quote") << QByteArray("multipart/x-mixed-replace; boundary=\"frame") << both;
        QTest::newRow("empty lines before") << kType << "\r\n\r\n" + both;
        QTest::newRow("one byte line ends") << kType << QByteArray(both).replace("\r\n", "\n");
        QTest::newRow("no line end behind pictures") << kType << QByteArray(both).replace("\xff\xd9\r\n", "\xff\xd9");
        QTest::newRow("an empty line too many") << kType << QByteArray(both).replace("\r\n\r\n", "\r\n\r\n\r\n");
        QTest::newRow("closed after each") << kType << sized(a) + "--frame--\r\n" + sized(b) + "--frame--\r\n";
        QTest::newRow("no lengths") << kType << "--frame\r\nContent-Type: image/jpeg\r\n\r\n" + a + "\r\n--frame\r\n\r\n" + b + "\r\n--frame\r\n";
        QTest::newRow("no lengths, no line ends") << kType << "--frame\r\n\r\n" + a + "--frame\r\n\r\n" + b + "--frame\r\n";
        QTest::newRow("lengths that are none") << kType << "--frame\r\nContent-Length: many\r\n\r\n" + a + "\r\n--frame\r\nContent-Length: 0\r\n\r\n" + b + "\r\n--frame";
        QTest::newRow("a length too long") << kType << "--frame\r\nContent-Length: 60\r\n\r\n" + a + "\r\n" + sized(b);
        QTest::newRow("a length beyond all bounds") << kType << "--frame\r\nContent-Length: 99999999999\r\n\r\n" + a + "\r\n" + sized(b);
        QTest::newRow("other parts between") << kType << sized(a) + "--frame\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello\r\n" + sized(b);
        QTest::newRow("an empty part between") << kType << sized(a) + "--frame\r\n\r\n" + sized(b);
        QTest::newRow("a delimiter twice") << kType << sized(a) + "--frame\r\n" + sized(b);
        QTest::newRow("header in other words") << kType << QByteArray(both).replace("Content-Length: ", "CONTENT-LENGTH:   ").replace("Content-Type", "Server: x:y\r\nnothing\r\ncontent-type");
        QTest::newRow("filled up with zeros") << kType << sized(a + QByteArray(7, '\0')) + sized(b + QByteArray(3, '\0'));
    }
    void dialects()
    {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, bytes);
        for (const qsizetype piece : {qsizetype{1}, qsizetype{2}, qsizetype{7}, qsizetype{61}, qsizetype{4096}, bytes.size()}) {
            const Outcome outcome = parse(type, bytes, piece);
            QVERIFY2(!outcome.corrupt, qPrintable(QString::number(piece)));
            QCOMPARE(outcome.pictures, (QList<QByteArray>{jpeg('a'), jpeg('b', 5000)}));
        }
    }

    void aPictureWithItsLengthWaitsForNothing()
    {
        MultipartParser parser(kType);
        const QByteArray bytes = sized(jpeg('a')).chopped(2);
        parser.feed(bytes.constData(), std::size_t(bytes.size()));
        const auto part = parser.next();
        QVERIFY(part && *part);
        QCOMPARE((*part)->contentType, QByteArray("image/jpeg"));
    }

    void headers()
    {
        const Outcome outcome = parse(kType, "--frame\r\nx-capture-TIME : unknown; run=1; sequence=2\r\nContent-Length: 4\r\n\r\n\xff\xd8\xff\xd9", 1000);
        QCOMPARE(outcome.parts.size(), std::size_t{1});
        QCOMPARE(outcome.parts[0].captureTime, QByteArray("unknown; run=1; sequence=2"));
        QVERIFY(outcome.parts[0].contentType.isEmpty());
    }

    void aLengthTooShort()
    {
        const QByteArray a = jpeg('a', 1000);
        const Outcome outcome = parse(kType, "--frame\r\nContent-Length: 500\r\n\r\n" + a + "\r\n" + sized(jpeg('b')), 50);
        QVERIFY(!outcome.corrupt);
        QCOMPARE(outcome.pictures.size(), 2); // the first one is broken, the second is not
        QCOMPARE(outcome.pictures[1], jpeg('b'));
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("web page") << "<html>" + QByteArray(100'000, 'x') + "</html>";
        QTest::newRow("web page of many lines") << QByteArray("<p>hello</p>\r\n").repeated(10'000);
        QTest::newRow("endless header line") << QByteArray("--frame\r\nX: ") + QByteArray(20'000, 'x');
        QTest::newRow("endless header") << QByteArray("--frame\r\n") + QByteArray("X: y\r\n").repeated(10'000);
        QTest::newRow("delimiters for ever in a header") << QByteArray("--frame\r\n").repeated(10'000);
        QTest::newRow("endless picture") << QByteArray("--frame\r\n\r\n\xff\xd8") + QByteArray(34 << 20, 'x');
        QTest::newRow("no picture for long") << sized(jpeg('a')) + QByteArray("text\r\n").repeated(6 << 20);
    }
    void refused()
    {
        QFETCH(QByteArray, bytes);
        QVERIFY(parse(kType, bytes, 64 << 10).corrupt);
        QVERIFY(parse(kType, bytes, bytes.size()).corrupt);
    }
};

QTEST_APPLESS_MAIN(TestMultipartParser)
#include "tst_multipart_parser.moc"
