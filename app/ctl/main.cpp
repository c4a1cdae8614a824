// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/vedettectl.h"
#include "core/base/logging.h"

#include <QCoreApplication>
#include <QFile>
#include <QSocketNotifier>

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace {

int s_wake[2] = {-1, -1}; // a signal handler may do no more than write()

extern "C" void onSignal(int)
{
    const char byte = 1;
    const ssize_t written = ::write(s_wake[1], &byte, 1);
    static_cast<void>(written);
}

} // namespace

int main(int argc, char **argv)
{
    vedette::installLogging();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("vedettectl"));

    vedette::app::Interrupt interrupt;
    std::unique_ptr<QSocketNotifier> notifier;
    if (::pipe2(s_wake, O_CLOEXEC | O_NONBLOCK) == 0) {
        notifier = std::make_unique<QSocketNotifier>(s_wake[0], QSocketNotifier::Read);
        QObject::connect(notifier.get(), &QSocketNotifier::activated, &interrupt, [&interrupt] {
            char bytes[16];
            while (::read(s_wake[0], bytes, sizeof bytes) > 0) {
            }
            Q_EMIT interrupt.requested();
        });
        std::signal(SIGINT, &onSignal);
        std::signal(SIGTERM, &onSignal);
    }
    std::signal(SIGPIPE, SIG_IGN);

    QFile out;
    QFile err;
    if (!out.open(stdout, QIODevice::WriteOnly) || !err.open(stderr, QIODevice::WriteOnly))
        return vedette::app::kFailed;
    const vedette::SystemClock clock;
    const QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    vedette::app::Surroundings around{clock, environment, out, err, interrupt};
    return vedette::app::runVedettectl(QCoreApplication::arguments().mid(1), around);
}
