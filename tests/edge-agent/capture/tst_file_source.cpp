// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/file_source.h"

#include "edge-agent/capture/capture_clock.h"
#include "tests/edge-agent/live_fixture.h"

#include <QFile>
#include <QTemporaryDir>

#include <sys/stat.h>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    SystemClock clock;
    CaptureClock capture{clock, ClockTrust::Always, ClockProbes{}};
    SourceContext context{clock, [this](MonoTime t, auto rank) { return capture.stamp(QStringLiteral("gate"), t, 1, rank); }};
};

const QString kPattern = QStringLiteral("testsrc=size=160x120:rate=50:duration=0.5");
const QStringList kX264{QStringLiteral("-c:v"), QStringLiteral("libx264"), QStringLiteral("-pix_fmt"), QStringLiteral("yuv420p"),
                        QStringLiteral("-g"), QStringLiteral("10")};

} // namespace

class TestFileSource : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void loopsInRealTime_data();
    void loopsInRealTime();
    void truncatedFileLoops();
    void badFiles_data();
    void badFiles();

private:
    QTemporaryDir m_dir;
};

void TestFileSource::initTestCase()
{
    QVERIFY(m_dir.isValid());
    QVERIFY(makeVideo(m_dir.filePath(QStringLiteral("plain.mp4")), kPattern, kX264));
    QVERIFY(makeVideo(m_dir.filePath(QStringLiteral("reordered.mkv")), kPattern, kX264 + QStringList{QStringLiteral("-bf"), QStringLiteral("3")}));
    QVERIFY(makeVideo(m_dir.filePath(QStringLiteral("stream.ts")), kPattern, kX264));
    QVERIFY(makeVideo(m_dir.filePath(QStringLiteral("motion.avi")), kPattern, {QStringLiteral("-c:v"), QStringLiteral("mjpeg")}));
    QVERIFY(makeVideo(m_dir.filePath(QStringLiteral("sound.wav")), QStringLiteral("sine=duration=0.2"), {}));
    QFile note(m_dir.filePath(QStringLiteral("note.mp4")));
    QVERIFY(note.open(QIODevice::WriteOnly));
    note.write("<html>not a video</html>");
    QFile empty(m_dir.filePath(QStringLiteral("empty.mp4")));
    QVERIFY(empty.open(QIODevice::WriteOnly));
}

void TestFileSource::loopsInRealTime_data()
{
    QTest::addColumn<QString>("file");
    for (const char *file : {"plain.mp4", "reordered.mkv", "stream.ts", "motion.avi"})
        QTest::newRow(file) << QString::fromLatin1(file);
}

void TestFileSource::loopsInRealTime()
{
    QFETCH(QString, file);
    Fixture f;
    auto source = FileSource::open(m_dir.filePath(file), f.context, {});
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    QCOMPARE((*source)->width(), 160);
    constexpr int kPictures = 60; // 25 a loop: twice over the end
    microseconds first{0};
    microseconds last{0};
    std::uint64_t number = 0;
    for (int i = 0; i < kPictures; ++i) {
        const auto frame = (*source)->read({});
        QVERIFY2(frame.has_value(), frame ? "" : qPrintable(frame.error().text() + QStringLiteral(" at %1").arg(i)));
        QVERIFY(frame->capture.has_value());
        QCOMPARE(frame->capture->sequence, number++);
        if (i == 0)
            first = frame->pts;
        else
            QVERIFY2(frame->pts - last >= 15ms && frame->pts - last <= 25ms, qPrintable(QString::number((frame->pts - last).count())));
        QVERIFY2(frame->captured >= MonoTime{frame->pts}, "not before it is due");
        last = frame->pts;
    }
    const auto drift = last - first - (kPictures - 1) * 20ms;
    QVERIFY2(drift >= -30ms && drift <= 30ms, qPrintable(QString::number(drift.count())));
}

void TestFileSource::truncatedFileLoops()
{
    QFile whole(m_dir.filePath(QStringLiteral("stream.ts")));
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray bytes = whole.readAll();
    QFile cut(m_dir.filePath(QStringLiteral("cut.ts")));
    QVERIFY(cut.open(QIODevice::WriteOnly));
    cut.write(bytes.left(bytes.size() * 6 / 10 - 77));
    cut.close();
    Fixture f;
    auto source = FileSource::open(cut.fileName(), f.context, {});
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    for (int i = 0; i < 45; ++i)
        QVERIFY((*source)->read({}).has_value());
}

void TestFileSource::badFiles_data()
{
    QTest::addColumn<QString>("file");
    for (const char *file : {"missing.mp4", "note.mp4", "empty.mp4", "sound.wav"})
        QTest::newRow(file) << QString::fromLatin1(file);
    QTest::newRow("a folder") << QStringLiteral(".");
    QTest::newRow("a pipe") << QStringLiteral("pipe");
}

void TestFileSource::badFiles()
{
    QFETCH(QString, file);
    Fixture f;
    const QString path = m_dir.filePath(file);
    if (file == QLatin1String("pipe"))
        QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    const auto source = FileSource::open(path, f.context, {});
    QVERIFY(!source.has_value());
    QVERIFY2(source.error().text().contains(path), qPrintable(source.error().text()));
    qInfo().noquote() << source.error().text();
}

QTEST_GUILESS_MAIN(TestFileSource)
#include "tst_file_source.moc"
