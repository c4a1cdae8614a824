// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/url_source.h"

#include "tests/core/media/scripted_server.h"
#include "tests/edge-agent/live_fixture.h"
#include "tests/support/process.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;

/// More of it, against real cameras: tests/edge-agent/camera/tst_url_camera.cpp.
class TestUrlSource : public QObject {
    Q_OBJECT

    SystemClock clock;
    const SourceContext context{clock, [](MonoTime, std::optional<PictureRank>) { return CaptureStamp{}; }};

private Q_SLOTS:
    void anSrtOptionThatIsWrong()
    {
        const QString address = QStringLiteral("srt://127.0.0.1:%1?pbkeylen=7").arg(freePort());
        const auto source = UrlSource::open(address, context, {});
        QVERIFY(!source);
        QCOMPARE(source.error().text(), address + QStringLiteral(" cannot be opened: pbkeylen has a value that SRT does not take"));
    }
    void indexBehindThePictures()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath(QStringLiteral("film.mp4"));
        QVERIFY(makeVideo(path, QStringLiteral("testsrc2=size=640x480:rate=25:duration=4"), {QStringLiteral("-c:v"), QStringLiteral("libx264")}));
        QFile film(path);
        QVERIFY(film.open(QIODevice::ReadOnly));
        QVERIFY(film.size() > 256 * 1024); // more than what is read ahead, where its beginning could be gone back to
        const QByteArray answer = "HTTP/1.0 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: " + QByteArray::number(film.size()) + "\r\n\r\n" + film.readAll();
        ScriptedServer server([&answer](QTcpSocket &socket, const std::stop_token &) {
            ScriptedServer::readRequest(socket);
            ScriptedServer::send(socket, answer);
        });
        const auto source = UrlSource::open(server.url(QStringLiteral("http"), QStringLiteral("film.mp4")), context, {});
        const auto packet = source ? (*source)->read({}) : fail(source.error());
        QVERIFY(!packet);
        QVERIFY2(packet.error().text().contains(QLatin1String("the index of this MP4 stands behind its pictures")), qPrintable(packet.error().text()));
    }
    void noSrtListener()
    {
        const QString address = QStringLiteral("srt://127.0.0.1:%1").arg(freePort());
        const auto source = UrlSource::open(address + QStringLiteral("?passphrase=hiddenhidden"), context, {});
        QVERIFY(!source);
        QCOMPARE(source.error().text(), address + QStringLiteral("?passphrase=… gives no video: no SRT listener answers there, or it refuses the passphrase or the stream id"));
    }
};

QTEST_GUILESS_MAIN(TestUrlSource)
#include "tst_url_source.moc"
