// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/child_process.h"

#include "core/base/worker.h"
#include "tests/edge-agent/rpicam_fixture.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>

#include <array>
#include <csignal>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;

namespace {

const QString kFake = QStringLiteral(TEST_TOOLS_DIR "/rpicam/rpicam-vid");
const QStringList kPlay{QStringLiteral("--framerate=100")};

bool alive(pid_t pid)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(pid));
    return status.open(QIODevice::ReadOnly) && !status.readAll().contains("State:\tZ");
}

Result<QByteArray> outputOf(const QString &program, const QStringList &arguments)
{
    auto child = agent::ChildProcess::start(program, arguments);
    if (!child)
        return fail(child.error());
    return (*child)->readAll(1 << 20, 10s, {});
}

} // namespace

class TestChildProcess : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void argumentsAreWords();
    void doesNotStart();
    void tellsTheEnd_data();
    void tellsTheEnd();
    void endsWhenItsReaderDoes();
    void stubbornIsKilled();
    void orphanHoldsNothingOpen();
    void endsWithItsThread();
    void waitsNoLongerThanAsked();
    void floodIsBounded();
    void leavesNothingOpen();
};

void TestChildProcess::argumentsAreWords()
{
    const QStringList words{QStringLiteral("a b"), QStringLiteral("; echo no"), QStringLiteral("$(id)"), QStringLiteral("*"), QStringLiteral("'\""), QString(), QStringLiteral("ü")};
    const auto out = outputOf(QStringLiteral("/usr/bin/printf"), QStringList{QStringLiteral("%s\n")} + words);
    QVERIFY2(out.has_value(), out ? "" : qPrintable(out.error().text()));
    QCOMPARE(QString::fromUtf8(*out), words.join(u'\n') + u'\n');
}

void TestChildProcess::doesNotStart()
{
    const auto missing = agent::ChildProcess::start(QStringLiteral("/nonexistent/rpicam-vid"), {});
    QVERIFY(!missing && missing.error().kind == ErrorKind::NotFound);
    QCOMPARE(missing.error().text(), QStringLiteral("/nonexistent/rpicam-vid cannot be started: No such file or directory"));
    const auto folder = agent::ChildProcess::start(QStringLiteral("/tmp"), {});
    QVERIFY(!folder && folder.error().kind == ErrorKind::Denied);
}

void TestChildProcess::tellsTheEnd_data()
{
    QTest::addColumn<QByteArray>("how");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("exit code") << QByteArray("no-camera") << QStringLiteral("rpicam-vid ended with exit code 255: no cameras available");
    QTest::newRow("without secrets") << QByteArray("die") << QStringLiteral("rpicam-vid ended with exit code 255: failed to queue buffer rtsp://…@10.0.0.1/");
    QTest::newRow("signal") << QByteArray("crash")
                            << QStringLiteral("rpicam-vid was ended by signal 6 (Aborted): [0:12:41.107] [1205] INFO Camera camera_manager.cpp:284 libcamera v0.3.2");
}

void TestChildProcess::tellsTheEnd()
{
    QFETCH(QByteArray, how);
    QFETCH(QString, sentence);
    const FakeRpicam fake(3);
    FakeRpicam::does(how);
    const auto out = outputOf(kFake, kPlay);
    QVERIFY(!out);
    QVERIFY(out.error().kind == ErrorKind::Unavailable);
    QCOMPARE(out.error().text(), sentence);
}

/// SIGTERM is enough, though the agent blocks it and ignores SIGPIPE.
void TestChildProcess::endsWhenItsReaderDoes()
{
    const FakeRpicam fake(3);
    FakeRpicam::does("hang");
    sigset_t before;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    QCOMPARE(pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
    auto child = agent::ChildProcess::start(kFake, kPlay);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    QVERIFY(child.has_value());
    const pid_t pid = (*child)->pid();
    QVERIFY(alive(pid));
    QElapsedTimer timer;
    timer.start();
    child->reset();
    QVERIFY2(timer.elapsed() < agent::ChildProcess::kTermination.count(), qPrintable(QString::number(timer.elapsed())));
    QVERIFY(!QFileInfo::exists(QStringLiteral("/proc/%1").arg(pid))); // no zombie either
}

void TestChildProcess::stubbornIsKilled()
{
    const FakeRpicam fake(3);
    FakeRpicam::does("stubborn");
    auto child = agent::ChildProcess::start(kFake, kPlay);
    QVERIFY(child.has_value());
    const pid_t pid = (*child)->pid();
    std::array<std::uint8_t, 64> buffer;
    QVERIFY(!(*child)->read(buffer, 300ms, {})); // until it has begun to ignore it
    QElapsedTimer timer;
    timer.start();
    child->reset();
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(!QFileInfo::exists(QStringLiteral("/proc/%1").arg(pid)));
}

void TestChildProcess::orphanHoldsNothingOpen()
{
    const FakeRpicam fake(3);
    FakeRpicam::does("orphan");
    const auto out = outputOf(kFake, kPlay);
    QVERIFY(!out);
    QVERIFY2(out.error().text().startsWith(QStringLiteral("rpicam-vid ended with exit code 3")), qPrintable(out.error().text()));
}

/// The kernel ends it with the thread that started it: no camera stays busy behind an agent that was killed.
void TestChildProcess::endsWithItsThread()
{
    const FakeRpicam fake(3);
    FakeRpicam::does("stubborn");
    std::unique_ptr<agent::ChildProcess> child;
    Worker worker("starter", [&](std::stop_token) { child = std::move(*agent::ChildProcess::start(kFake, kPlay)); });
    worker.stop();
    std::array<std::uint8_t, 64> buffer;
    const auto got = child->read(buffer, 5s, {});
    QVERIFY(!got);
    QVERIFY2(got.error().text().startsWith(QStringLiteral("rpicam-vid was ended by signal 9")), qPrintable(got.error().text()));
}

void TestChildProcess::waitsNoLongerThanAsked()
{
    const FakeRpicam fake(3);
    FakeRpicam::does("flood");
    auto child = agent::ChildProcess::start(kFake, {QStringLiteral("--framerate=0.1")});
    QVERIFY(child.has_value());
    std::array<std::uint8_t, 64> buffer;
    QElapsedTimer timer;
    timer.start();
    const auto got = (*child)->read(buffer, 300ms, {});
    QVERIFY(!got && got.error().kind == ErrorKind::Timeout);
    QVERIFY(timer.elapsed() >= 299 && timer.elapsed() < 3000);

    std::stop_source stop;
    Worker stopper("stopper", [&](std::stop_token) { stop.request_stop(); });
    const auto stopped = (*child)->read(buffer, 30s, stop.get_token());
    QVERIFY(!stopped && stopped.error().kind == ErrorKind::Cancelled);
}

/// Endless noise without a line's end.
void TestChildProcess::floodIsBounded()
{
    const FakeRpicam fake(5);
    FakeRpicam::does("flood");
    auto child = agent::ChildProcess::start(kFake, kPlay);
    QVERIFY(child.has_value());
    std::array<std::uint8_t, 65536> buffer;
    std::size_t all = 0;
    while (all < 100'000) {
        const auto got = (*child)->read(buffer, 5s, {});
        QVERIFY2(got.has_value(), got ? "" : qPrintable(got.error().text()));
        all += *got;
    }
    QVERIFY((*child)->lastWords().size() <= 200);
}

void TestChildProcess::leavesNothingOpen()
{
    const auto files = [] { return QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::System).size(); };
    const auto before = files();
    for (int i = 0; i < 20; ++i) {
        QVERIFY(outputOf(QStringLiteral("/bin/true"), {}).has_value());
        QVERIFY(!agent::ChildProcess::start(QStringLiteral("/nonexistent"), {}));
    }
    QCOMPARE(files(), before);
    // What the agent has open is not the child's.
    QFile secret(QStringLiteral("/proc/self/status"));
    QVERIFY(secret.open(QIODevice::ReadOnly));
    const auto list = outputOf(QStringLiteral("/bin/ls"), {QStringLiteral("/proc/self/fd")});
    QVERIFY(list.has_value());
    QCOMPARE(*list, QByteArray("0\n1\n2\n3\n")); // 3: the folder itself
}

QTEST_GUILESS_MAIN(TestChildProcess)
#include "tst_child_process.moc"
