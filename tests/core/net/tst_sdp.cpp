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
        const auto sdp = parseSdp("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=No Name\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
                                         "a=control:trackID=0\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1; "
                                         "profile-level-id=42C01F; sprop-parameter-sets=Z0LAH9oBQBbsBEAAAAMAQAAACiPGDKg=,aM4PyA==\r\n");
        QVERIFY(sdp);
        QVERIFY(sdp->video.codec == media::Codec::H264);
        QCOMPARE(sdp->video.control, QByteArray("trackID=0"));
        QCOMPARE(sdp->video.clockRate, 90'000U);
        QCOMPARE(sdp->video.parameterSets.size(), std::size_t{4 + 23 + 4 + 4});
        QCOMPARE(sdp->video.parameterSets[4], std::uint8_t{0x67});
    }

    void audioFirstAndSeveralVideos()
    {
        const auto sdp = parseSdp("v=0\na=control:rtsp://cam/all\nm=audio 0 RTP/AVP 0\na=control:audio\nm=video 0 RTP/AVP 97\n"
                                         "a=rtpmap:97 H265/90000\na=control:first\na=framerate:12.5\nm=video 0 RTP/AVP 96\na=control:second\n");
        QVERIFY(sdp);
        QVERIFY(sdp->video.codec == media::Codec::H265);
        QCOMPARE(sdp->video.control, QByteArray("first"));
        QCOMPARE(sdp->control, QByteArray("rtsp://cam/all"));
        QCOMPARE(sdp->video.framerate, 12.5);
        QVERIFY(sdp->audio && sdp->audio->codec == media::Codec::Pcmu); // by its static payload type
        QCOMPARE(sdp->audio->clockRate, 8000U);
        QCOMPARE(sdp->audio->control, QByteArray("audio"));
    }

    void sound()
    {
        const auto sdp = parseSdp("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:v\nm=audio 0 RTP/AVP 97\n"
                                  "a=rtpmap:97 mpeg4-generic/44100/2\na=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;"
                                  "sizelength=13;indexlength=3;indexdeltalength=3;config=1210\na=control:s\n");
        QVERIFY(sdp && sdp->audio);
        QCOMPARE(sdp->video.control, QByteArray("v"));
        QCOMPARE(sdp->audio->control, QByteArray("s"));
        QCOMPARE(sdp->audio->clockRate, 44'100U);
        QCOMPARE(sdp->audio->channels, 2);
        QCOMPARE(sdp->audio->aac.sizeLength, 13);
        QCOMPARE(sdp->audio->aac.unitDuration, 1024U);
        QCOMPARE(sdp->audio->aac.config, (media::Bytes{0x12, 0x10}));
    }

    void otherSound_data()
    {
        QTest::addColumn<QByteArray>("section");
        QTest::addColumn<int>("codec");
        QTest::addColumn<int>("rate");
        QTest::addColumn<int>("channels");
        QTest::newRow("PCMA") << QByteArray("m=audio 0 RTP/AVP 8\n") << int(media::Codec::Pcma) << 8000 << 1;
        QTest::newRow("L16") << QByteArray("m=audio 0 RTP/AVP 10\n") << int(media::Codec::Pcm16) << 44'100 << 2;
        QTest::newRow("Opus") << QByteArray("m=audio 0 RTP/AVP 97\na=rtpmap:97 opus/48000/2\n") << int(media::Codec::Opus) << 48'000 << 2;
        QTest::newRow("MPEG") << QByteArray("m=audio 0 RTP/AVP 14\n") << int(media::Codec::MpegAudio) << 90'000 << 1;
        QTest::newRow("another") << QByteArray("m=audio 0 RTP/AVP 98\na=rtpmap:98 G726-32/8000\n") << -1 << 0 << 0;
    }
    void otherSound()
    {
        QFETCH(QByteArray, section);
        QFETCH(int, codec);
        const auto sdp = parseSdp("v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n" + section);
        QVERIFY(sdp);
        QCOMPARE(sdp->audio.has_value(), codec >= 0);
        QCOMPARE(sdp->unreadAudio, codec >= 0 ? QByteArray() : QByteArray("G726-32"));
        if (codec < 0)
            return;
        QCOMPARE(int(sdp->audio->codec), codec);
        QTEST(int(sdp->audio->clockRate), "rate");
        QTEST(sdp->audio->channels, "channels");
    }

    /// Sound that cannot be read does not cost the picture.
    void strangeSound_data()
    {
        QTest::addColumn<QByteArray>("format");
        QTest::newRow("none") << QByteArray();
        QTest::newRow("another mode") << QByteArray("mode=CELP-vbr;sizelength=6;config=1210");
        QTest::newRow("no size") << QByteArray("mode=AAC-hbr;config=1210");
        QTest::newRow("negative size") << QByteArray("mode=AAC-hbr;sizelength=-13;config=1210");
        QTest::newRow("no config") << QByteArray("mode=AAC-hbr;sizelength=13;config=xyz");
        QTest::newRow("unknown fields") << QByteArray("mode=AAC-hbr;sizelength=13;config=1210;auxiliarydatasizelength=8");
    }
    void strangeSound()
    {
        QFETCH(QByteArray, format);
        const auto sdp = parseSdp("v=0\nm=audio 0 RTP/AVP 97\na=rtpmap:97 mpeg4-generic/44100\na=fmtp:97 " + format
                                  + "\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/4000000000\n");
        QVERIFY(sdp);
        QVERIFY(!sdp->audio);
        QCOMPARE(sdp->video.clockRate, 90'000U); // what makes no sense is not believed
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
        const auto parsed = parseSdp(sdp);
        QVERIFY(!parsed);
        QTEST(int(parsed.error().kind), "kind");
    }
};

QTEST_GUILESS_MAIN(TestSdp)
#include "tst_sdp.moc"
