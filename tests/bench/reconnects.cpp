// SPDX-License-Identifier: GPL-3.0-or-later
// reconnects URL COUNT: a StreamReceiver that is cut off at its first picture, COUNT times, politely and by reset in turn.
// After each thousand one line of JSON: {"reconnects":N,"seconds":S,"rss_kib":K,"descriptors":D,"threads":T}, measured
// while the receiver is stopped.
#include "core/live/stream_receiver.h"
#include "tests/support/fault_proxy.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QTimer>
#include <QUrl>

#include <cstdio>
#include <filesystem>

using namespace vedette;
using protocol::StageState;

namespace {

constexpr int kReportEvery = 1000;
constexpr milliseconds kPatience{30'000}; // for one reconnect

long statusField(const char *name)
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QIODevice::ReadOnly))
        return -1;
    for (const QByteArray &line : status.readAll().split('\n'))
        if (line.startsWith(name))
            return line.mid(qstrlen(name)).simplified().split(' ').first().toLong();
    return -1;
}

long descriptors()
{
    const std::filesystem::directory_iterator open("/proc/self/fd");
    return std::distance(begin(open), end(open));
}

class Cutter {
public:
    Cutter(const QString &url, int count, test::FaultProxy &proxy) : m_receiver(QStringLiteral("bench"), m_clock), m_proxy(proxy), m_count(count)
    {
        using live::StreamReceiver;
        QObject::connect(&m_receiver, &StreamReceiver::frameReady, &m_receiver, [this] { onPicture(); });
        QObject::connect(&m_receiver, &StreamReceiver::stateChanged, &m_receiver, [this] {
            if (m_receiver.state().stage == StageState::Waiting)
                m_receiver.retryNow();
        });
        m_patience.setSingleShot(true);
        QObject::connect(&m_patience, &QTimer::timeout, &m_receiver, [this] {
            std::fprintf(stderr, "reconnects: no picture after %d: %s\n", m_done, qPrintable(m_receiver.state().reason));
            QCoreApplication::exit(1);
        });
        m_elapsed.start();
        m_receiver.setUrls({url});
        begin();
    }

private:
    void begin()
    {
        m_cut = 0;
        m_patience.start(kPatience);
        m_receiver.start();
    }

    void onPicture()
    {
        (void)m_receiver.latest().take();
        const std::uint64_t connects = m_receiver.stats().connects;
        if (connects == m_cut) // a picture that was on its way when we cut
            return;
        m_cut = connects;
        m_patience.start(kPatience);
        ++m_done;
        if (m_done % kReportEvery == 0)
            QTimer::singleShot(0, &m_receiver, [this] { report(); });
        else
            m_proxy.cutAll(m_done % 2 == 0);
    }

    void report()
    {
        m_receiver.stop();
        if (m_proxy.open() > 0) { // of its own, not of the receiver
            QTimer::singleShot(1, &m_receiver, [this] { report(); });
            return;
        }
        std::printf("{\"reconnects\":%d,\"seconds\":%.1f,\"rss_kib\":%ld,\"descriptors\":%ld,\"threads\":%ld}\n", m_done,
                    static_cast<double>(m_elapsed.elapsed()) / 1000, statusField("VmRSS:"),
                    descriptors(), statusField("Threads:"));
        std::fflush(stdout);
        if (m_done >= m_count)
            QCoreApplication::exit(0);
        else
            begin();
    }

    SystemClock m_clock;
    live::StreamReceiver m_receiver;
    test::FaultProxy &m_proxy;
    QTimer m_patience;
    QElapsedTimer m_elapsed;
    const int m_count;
    int m_done = 0;
    std::uint64_t m_cut = 0;
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    QUrl url = QUrl(argc == 3 ? QString::fromLocal8Bit(argv[1]) : QString());
    const int count = argc == 3 ? QByteArray(argv[2]).toInt() : 0;
    test::FaultProxy proxy;
    if (url.port() <= 0 || count < kReportEvery || !proxy.start(static_cast<std::uint16_t>(url.port()))) {
        std::fputs("Usage: reconnects URL COUNT\nURL of a server on 127.0.0.1, with a port; COUNT in thousands\n", stderr);
        return 2;
    }
    url.setPort(proxy.port());
    const Cutter cutter(url.toString(), count, proxy);
    return QCoreApplication::exec();
}
