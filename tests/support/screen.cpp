// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/screen.h"

#include "tests/support/process.h"

#include <QCoreApplication>

#include <chrono>
#include <cstdio>

namespace vedette::test {

int runOnScreen(int argc, char **argv)
{
    constexpr char kSecondRun[] = "VEDETTE_TEST_ON_SCREEN";
    if (qEnvironmentVariableIsSet(kSecondRun))
        return -1;
    QCoreApplication application(argc, argv);
    QStringList environment{QString::fromLatin1(kSecondRun) + QStringLiteral("=1")};
    ChildProcess server;
    const QString xvfb = findProgram(QStringLiteral("Xvfb"));
    // It chooses a free display and says which.
    const QStringList options{QStringLiteral("-displayfd"), QStringLiteral("1"), QStringLiteral("-screen"), QStringLiteral("0"),
                              QStringLiteral("1280x1024x24"), QStringLiteral("-nolisten"), QStringLiteral("tcp")};
    if (!xvfb.isEmpty() && server.start(xvfb, options)) {
        if (const auto display = server.waitForLine(QString(), milliseconds{20'000}); display && !display->isEmpty())
            environment << QStringLiteral("DISPLAY=:") + *display << QStringLiteral("QT_QPA_PLATFORM=xcb");
    }
    ChildProcess self;
    if (!self.start(QCoreApplication::applicationFilePath(), QCoreApplication::arguments().mid(1), environment))
        return 1;
    const bool ended = self.waitForEnd(std::chrono::minutes{5});
    std::fwrite(self.out().constData(), 1, std::size_t(self.out().size()), stdout);
    std::fwrite(self.err().constData(), 1, std::size_t(self.err().size()), stderr);
    return ended ? self.exitCode() : 1;
}

} // namespace vedette::test
