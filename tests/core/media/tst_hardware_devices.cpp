// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/hardware_devices.h"

#include "core/media/decoder.h"
#include "tests/core/media/media_fixture.h"

#include <QElapsedTimer>
#include <QTest>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
}

using namespace vedette;
using namespace vedette::media;

namespace {

constexpr int kCount = 40; // key frames every tenth

/// Hardware that is not there: FFmpeg's software decoder plays it, its pictures count as being elsewhere.
class FakeHardware final : public HardwareDevices {
public:
    explicit FakeHardware(AVPixelFormat format) : m_format(format) {}
    Result<HardwareDevice> deviceFor(const AVCodec &) override
    {
        ++asked;
        return HardwareDevice{QStringLiteral("fake"), m_format, nullptr};
    }
    Status download(AVFrame &memory, const AVFrame &picture) override
    {
        if (downloads >= failsFrom)
            return fail(ErrorKind::Internal, QStringLiteral("the device has gone"));
        ++downloads;
        av_frame_ref(&memory, &picture);
        return {};
    }

    int asked = 0;
    int downloads = 0;
    int failsFrom = 1000;

private:
    AVPixelFormat m_format;
};

} // namespace

class TestHardwareDevices : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        m_packets = test::encodePictures(kCount, 320, 192, &m_info);
        QCOMPARE(m_packets.size(), std::size_t{kCount});
    }

    void offIsSoftware()
    {
        auto decoder = Decoder::create(m_info);
        QVERIFY(decoder.has_value());
        QCOMPARE(decodeAll(**decoder).size(), std::size_t{kCount});
        QCOMPARE((*decoder)->description(), QStringLiteral("h264 software: hardware is not asked for"));
    }

    /// Whatever this machine has: no picture is lost, the reason is said, and nothing is tried twice.
    void thisMachine()
    {
        const auto hardware = std::make_shared<HardwareDevices>();
        QElapsedTimer timer;
        timer.start();
        auto decoder = create(hardware);
        QVERIFY(decoder);
        const qint64 first = timer.nsecsElapsed();
        timer.restart();
        auto second = create(hardware);
        const qint64 again = timer.nsecsElapsed();
        qInfo("first decoder %.1f ms, second %.1f ms, %s", double(first) / 1e6, double(again) / 1e6, qPrintable(decoder->description()));
        QVERIFY(again <= std::max<qint64>(first, 20'000'000));
        QCOMPARE(decodeAll(*decoder).size(), std::size_t{kCount});
        const bool software = decoder->description().startsWith(QStringLiteral("h264 software: "));
        QVERIFY2(!software || decoder->description().contains(QStringLiteral("vaapi")), qPrintable(decoder->description()));
    }

    void codecsWithoutHardware()
    {
        const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_RAWVIDEO);
        QVERIFY(codec);
        HardwareDevices hardware;
        const auto device = hardware.deviceFor(*codec);
        QVERIFY(!device.has_value());
        QCOMPARE(device.error().detail, QStringLiteral("no hardware decodes it"));
    }

    void picturesComeFromTheDevice()
    {
        const auto hardware = std::make_shared<FakeHardware>(AV_PIX_FMT_YUV420P);
        const auto decoder = create(hardware);
        QVERIFY(decoder);
        const auto frames = decodeAll(*decoder);
        QCOMPARE(frames.size(), std::size_t{kCount});
        QCOMPARE(hardware->downloads, kCount);
        QCOMPARE(decoder->description(), QStringLiteral("h264 fake"));
        for (int i = 0; i < kCount; ++i)
            QVERIFY(frames[std::size_t(i)].capture == test::stampOf(i));
    }

    void failsInMidStream()
    {
        const auto hardware = std::make_shared<FakeHardware>(AV_PIX_FMT_YUV420P);
        hardware->failsFrom = 13;
        const auto decoder = create(hardware);
        QVERIFY(decoder);
        const auto frames = decodeAll(*decoder);
        QCOMPARE(hardware->downloads, 13);
        // Nothing from the failure to the next key frame, all of them after it.
        QCOMPARE(frames.size(), std::size_t{13 + 20});
        for (std::size_t i = 0; i < frames.size(); ++i)
            QVERIFY(frames[i].capture == test::stampOf(int(i < 13 ? i : i + 7)));
        QCOMPARE(decoder->description(), QStringLiteral("h264 software: fake: the device has gone"));
        QCOMPARE(hardware->asked, 1);
        QVERIFY(decoder->errors() >= 1);
    }

    /// FFmpeg itself finds that the device does not do, and goes on at once.
    void streamThatIsNotForIt()
    {
        const auto hardware = std::make_shared<FakeHardware>(AV_PIX_FMT_VAAPI);
        const auto decoder = create(hardware);
        QVERIFY(decoder);
        QCOMPARE(decodeAll(*decoder).size(), std::size_t{kCount});
        QCOMPARE(hardware->downloads, 0);
        QCOMPARE(decoder->description(), QStringLiteral("h264 software: fake does not decode this stream"));
    }

    /// Broken data is not the device's fault.
    void lossesKeepTheDevice()
    {
        const auto hardware = std::make_shared<FakeHardware>(AV_PIX_FMT_YUV420P);
        const auto decoder = create(hardware);
        QVERIFY(decoder);
        std::vector<Frame> frames;
        for (std::size_t i = 0; i < m_packets.size(); ++i) {
            if (i == 14)
                continue;
            if (auto out = decoder->decode(m_packets[i]))
                frames.insert(frames.end(), out->begin(), out->end());
        }
        QVERIFY(frames.size() >= 30);
        QCOMPARE(decoder->description(), QStringLiteral("h264 fake"));
        QVERIFY(frames.back().capture == test::stampOf(kCount - 1));
    }

private:
    std::unique_ptr<Decoder> create(std::shared_ptr<HardwareDevices> hardware)
    {
        Decoder::Options options;
        options.hardware = std::move(hardware);
        auto decoder = Decoder::create(m_info, options);
        return decoder ? std::move(*decoder) : nullptr;
    }

    std::vector<Frame> decodeAll(Decoder &decoder)
    {
        std::vector<Frame> frames;
        for (const PacketPtr &packet : m_packets) {
            if (auto out = decoder.decode(packet))
                frames.insert(frames.end(), out->begin(), out->end());
        }
        return frames;
    }

    StreamInfo m_info;
    std::vector<PacketPtr> m_packets;
};

QTEST_GUILESS_MAIN(TestHardwareDevices)
#include "tst_hardware_devices.moc"
