// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_parser.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::net;

namespace {

const QByteArray kAnswer = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Base: rtsp://h/cam/\r\nContent-Length: 4\r\n\r\nv=0\n";
const QByteArray kFrame = QByteArray("$\x01\x00\x03", 4) + "abc";

QList<QByteArray> itemsOf(const QByteArray &bytes, std::size_t piece)
{
    RtspParser parser;
    QList<QByteArray> items;
    for (qsizetype at = 0; at < bytes.size(); at += static_cast<qsizetype>(piece)) {
        const QByteArray part = bytes.mid(at, static_cast<qsizetype>(piece));
        parser.feed(part.constData(), static_cast<std::size_t>(part.size()));
        for (;;) {
            auto item = parser.next();
            if (!item)
                return items << "error";
            if (!*item)
                break;
            if (auto *frame = std::get_if<InterleavedFrame>(&**item))
                items << QByteArray::number(frame->channel) + ':' + QByteArray(reinterpret_cast<const char *>(frame->data.data()), static_cast<qsizetype>(frame->data.size()));
            else
                items << QByteArray::number(std::get<RtspResponse>(**item).status) + ':' + std::get<RtspResponse>(**item).body;
        }
    }
    return items;
}

} // namespace

class TestRtspParser : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anyPieces()
    {
        const QByteArray stream = kFrame + kAnswer + kFrame + "\r\n" + kAnswer;
        const QList<QByteArray> expected{"1:abc", "200:v=0\n", "1:abc", "200:v=0\n"};
        for (std::size_t piece = 1; piece <= static_cast<std::size_t>(stream.size()); ++piece)
            QCOMPARE(itemsOf(stream, piece), expected);
    }

    void headersAreFoundWhateverTheirCase()
    {
        RtspParser parser;
        const QByteArray answer = "RTSP/1.0 401 Unauthorized\r\nwww-authenticate: Basic realm=\"a\"\r\nWWW-Authenticate: Digest realm=\"b\"\r\n\r\n";
        parser.feed(answer.constData(), static_cast<std::size_t>(answer.size()));
        auto item = parser.next();
        QVERIFY(item && *item);
        const auto response = std::get<RtspResponse>(**item);
        QCOMPARE(response.status, 401);
        QCOMPARE(response.all("www-authenticate").size(), 2);
        QCOMPARE(response.header("nothing"), QByteArray());
    }

    void requestsOfTheServerAreSkipped()
    {
        QCOMPARE(itemsOf("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" + kFrame, 7), QList<QByteArray>{"1:abc"});
    }

    void manyRequestsOfTheServer()
    {
        QByteArray bytes;
        for (int i = 0; i < 100'000; ++i)
            bytes += "ABCDE\n\n";
        QCOMPARE(itemsOf(bytes + kFrame, static_cast<std::size_t>(bytes.size()) + 100), QList<QByteArray>{"1:abc"});
    }

    void whatIsNotRtsp_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("web page") << QByteArray("<!DOCTYPE html><html>");
        QTest::newRow("http") << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>");
        QTest::newRow("binary") << QByteArray("\x16\x03\x01\x02\x00", 5);
        QTest::newRow("no end of header") << "RTSP/1.0 200 OK\r\nX: " + QByteArray(20'000, 'x');
        QTest::newRow("huge length") << QByteArray("RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
        QTest::newRow("negative length") << QByteArray("RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n");
        QTest::newRow("no status") << QByteArray("RTSP/1.0 OK\r\n\r\n");
    }
    void whatIsNotRtsp()
    {
        QFETCH(QByteArray, bytes);
        QCOMPARE(itemsOf(bytes, 4096), QList<QByteArray>{"error"});
    }

    void noiseNeverHangsOrGrows()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 2000; ++round) {
            QByteArray bytes = kAnswer + kFrame + kAnswer;
            for (int i = 0; i < 4; ++i)
                bytes[static_cast<qsizetype>(random() % static_cast<unsigned>(bytes.size()))] = static_cast<char>(random());
            QVERIFY(itemsOf(bytes, 1 + random() % 64).size() <= 20);
        }
    }
};

QTEST_GUILESS_MAIN(TestRtspParser)
#include "tst_rtsp_parser.moc"
