// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#ifdef VEDETTE_HAS_LIBCAMERA
#include "edge-agent/capture/libcamera_controls.h"

#include <libcamera/control_ids.h>
#include <libcamera/geometry.h>

using namespace vedette;
using namespace vedette::agent;
using libcamera::ControlInfo;
using libcamera::ControlInfoMap;
using libcamera::ControlList;
namespace controls = libcamera::controls;

namespace {

/// As a Raspberry Pi camera describes itself.
ControlInfoMap camera()
{
    ControlInfoMap::Map map;
    map[&controls::AwbMode] = ControlInfo(0, 5, 0);
    map[&controls::ExposureTime] = ControlInfo(100, 66'666, 20'000);
    map[&controls::AnalogueGain] = ControlInfo(1.0F, 16.0F, 1.0F);
    map[&controls::ExposureValue] = ControlInfo(-8.0F, 8.0F, 0.0F);
    map[&controls::Contrast] = ControlInfo(0.0F, 32.0F, 1.0F);
    map[&controls::AfMode] = ControlInfo(0, 2, 0);
    map[&controls::AfTrigger] = ControlInfo(0, 1, 0);
    map[&controls::LensPosition] = ControlInfo(0.0F, 12.0F, 1.0F);
    map[&controls::ScalerCrop] = ControlInfo(libcamera::Rectangle(0, 0, 64, 64), libcamera::Rectangle(0, 0, 4000, 3000), libcamera::Rectangle(0, 0, 4000, 3000));
    map[&controls::FrameDurationLimits] = ControlInfo(std::int64_t{20'000}, std::int64_t{200'000}, std::int64_t{33'333});
    return ControlInfoMap(std::move(map), controls::controls);
}

} // namespace
#endif

class TestLibcameraControls : public QObject {
    Q_OBJECT

private Q_SLOTS:
#ifndef VEDETTE_HAS_LIBCAMERA
    void initTestCase() { QSKIP("built without libcamera"); }
#else
    void rangesComeFromTheCamera()
    {
        const auto ranges = controlRanges(camera());
        QStringList keys;
        for (const auto &each : ranges)
            keys.append(each.key);
        QCOMPARE(keys.join(u' '), QStringLiteral("autofocus awb contrast ev gain lens_position roi shutter_us"));
        QCOMPARE(ranges[1].words.join(u' '), QStringLiteral("auto incandescent tungsten fluorescent indoor daylight"));
        QCOMPARE(ranges[2].maximum, 32.0);
        QCOMPARE(ranges[2].byDefault, std::optional(1.0));
        QCOMPARE(ranges[7].minimum, 100.0);
    }

    void valuesTakeTheCamerasTypes()
    {
        const auto info = camera();
        ControlList list(info);
        QStringList refused;
        const QJsonObject wanted{{QStringLiteral("awb"), QStringLiteral("daylight")}, {QStringLiteral("shutter_us"), 10'000}, {QStringLiteral("gain"), 2.5},
                                 {QStringLiteral("ev"), -1}, {QStringLiteral("roi"), QStringLiteral("0.25,0.5,0.5,0.5")}, {QStringLiteral("lens_position"), 2},
                                 {QStringLiteral("contrast"), 40}, {QStringLiteral("saturation"), 1}};
        fillControls(list, info, wanted, {}, [&refused](const QString &sentence) { refused.append(sentence); });
        QCOMPARE(*list.get(controls::AwbMode), 5);
        QCOMPARE(*list.get(controls::ExposureTime), 10'000);
        QCOMPARE(*list.get(controls::AnalogueGain), 2.5F);
        QCOMPARE(*list.get(controls::ExposureValue), -1.0F);
        QVERIFY(*list.get(controls::ScalerCrop) == libcamera::Rectangle(1000, 1500, 2000, 1500));
        QCOMPARE(*list.get(controls::LensPosition), 2.0F);
        QCOMPARE(*list.get(controls::AfMode), 0); // a lens position is kept only by hand
        QVERIFY(!list.contains(controls::Contrast.id()));
        QCOMPARE(refused, (QStringList{QStringLiteral("contrast: is 40; this camera allows 0 to 32."), QStringLiteral("saturation: this camera has no such control.")}));
    }

    void onlyWhatChangesIsSent()
    {
        const auto info = camera();
        const QJsonObject before{{QStringLiteral("awb"), QStringLiteral("indoor")}, {QStringLiteral("contrast"), 2}, {QStringLiteral("shutter_us"), 5000},
                                 {QStringLiteral("roi"), QStringLiteral("0,0,0.5,0.5")}};
        const QJsonObject after{{QStringLiteral("awb"), QStringLiteral("indoor")}, {QStringLiteral("autofocus"), QStringLiteral("auto")}};
        ControlList list(info);
        fillControls(list, info, after, before, [](const QString &sentence) { QFAIL(qPrintable(sentence)); });
        QVERIFY(!list.contains(controls::AwbMode.id()));
        QCOMPARE(*list.get(controls::Contrast), 1.0F); // its default
        QCOMPARE(*list.get(controls::ExposureTime), 0);  // automatic again
        QVERIFY(*list.get(controls::ScalerCrop) == libcamera::Rectangle(0, 0, 4000, 3000));
        QCOMPARE(*list.get(controls::AfMode), 1);
        QCOMPARE(*list.get(controls::AfTrigger), 0);
    }

    void theRateIsHeldWithinTheCameras()
    {
        const auto info = camera();
        for (const auto &[rate, us] : {std::pair{25.0, 40'000}, std::pair{100.0, 20'000}, std::pair{1.0, 200'000}}) {
            ControlList list(info);
            QVERIFY(setInterval(list, info, rate));
            const auto limits = *list.get(controls::FrameDurationLimits);
            QCOMPARE(limits[0], std::int64_t{us});
            QCOMPARE(limits[1], std::int64_t{us});
        }
        const ControlInfoMap none(ControlInfoMap::Map{}, controls::controls);
        ControlList list(none);
        QVERIFY(!setInterval(list, none, 25));
    }
#endif
};

QTEST_APPLESS_MAIN(TestLibcameraControls)
#include "tst_libcamera_controls.moc"
