// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/url_source.h"

#include "tests/support/process.h"

#include <QTest>

using namespace vedette;
using namespace vedette::agent;

/// More of it, against real cameras: tests/edge-agent/camera/tst_url_camera.cpp.
class TestUrlSource : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void noSrtListener()
    {
        SystemClock clock;
        const SourceContext context{clock, [](MonoTime, std::optional<PictureRank>) { return CaptureStamp{}; }};
        const QString address = QStringLiteral("srt://127.0.0.1:%1").arg(test::freePort());
        const auto source = UrlSource::open(address + QStringLiteral("?passphrase=hiddenhidden"), context, {});
        QVERIFY(!source);
        QCOMPARE(source.error().text(), address + QStringLiteral("?passphrase=… gives no video: no SRT listener answers there, or it refuses the passphrase or the stream id"));
    }
};

QTEST_GUILESS_MAIN(TestUrlSource)
#include "tst_url_source.moc"
