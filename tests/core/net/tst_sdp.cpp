// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/sdp.h"

#include <QTest>

using namespace vedette;
using namespace vedette::net;

class TestSdp : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void asMediamtxSendsIt()
    {
        const auto video = parseSdpVideo("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=No Name\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
                                         "a=control:trackID=0\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1; "
                                         "profile-level-id=42C01F; sprop-parameter-sets=Z0LAH9oBQBbsBEAAAAMAQAAACiPGDKg=,aM4PyA==\r\n");
        QVERIFY(video);
        QVERIFY(video->codec == media::Codec::H264);
        QCOMPARE(video->control, QByteArray("trackID=0"));
        QCOMPARE(video->clockRate, 90'000U);
        QCOMPARE(video->parameterSets.size(), std::size_t{4 + 23 + 4 + 4});
        QCOMPARE(video->parameterSets[4], std::uint8_t{0x67});
    }

    void audioFirstAndSeveralVideos()
    {
        const auto video = parseSdpVideo("v=0\na=control:rtsp://cam/all\nm=audio 0 RTP/AVP 0\na=control:audio\nm=video 0 RTP/AVP 97\n"
                                         "a=rtpmap:97 H265/90000\na=control:first\na=framerate:12.5\nm=video 0 RTP/AVP 96\na=control:second\n");
        QVERIFY(video);
        QVERIFY(video->codec == media::Codec::H265);
        QCOMPARE(video->control, QByteArray("first"));
        QCOMPARE(video->sessionControl, QByteArray("rtsp://cam/all"));
        QCOMPARE(video->framerate, 12.5);
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("sdp");
        QTest::addColumn<int>("kind");
        QTest::newRow("empty") << QByteArray() << int(ErrorKind::Corrupt);
        QTest::newRow("html") << QByteArray("<html></html>") << int(ErrorKind::Corrupt);
        QTest::newRow("audio only") << QByteArray("v=0\nm=audio 0 RTP/AVP 0\n") << int(ErrorKind::Unsupported);
        QTest::newRow("another codec") << QByteArray("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 VP9/90000\n") << int(ErrorKind::Unsupported);
        QTest::newRow("huge") << "v=0\n" + QByteArray(100'000, 'a') << int(ErrorKind::Corrupt);
    }
    void refused()
    {
        QFETCH(QByteArray, sdp);
        const auto video = parseSdpVideo(sdp);
        QVERIFY(!video);
        QTEST(int(video.error().kind), "kind");
    }
};

QTEST_GUILESS_MAIN(TestSdp)
#include "tst_sdp.moc"
