// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/console.h"
#include "app/shell/main_window.h"
#include "app/shell/options.h"
#include "app/shell/run_report.h"
#include "core/base/logging.h"

#include <QApplication>
#include <QSettings>
#include <QTimer>

#include <cstdio>
#include <memory>

using namespace vedette;
using namespace vedette::app;

namespace {

constexpr int kBadArguments = 2;

QStringList argumentsOf(int argc, char **argv)
{
    QStringList arguments;
    for (int i = 1; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    return arguments;
}

ThemeMode rememberedTheme(const QSettings *settings)
{
    const QString word = settings ? settings->value(QStringLiteral("theme")).toString() : QString();
    return word == QStringLiteral("light") ? ThemeMode::Light : word == QStringLiteral("system") ? ThemeMode::System : ThemeMode::Dark;
}

/// Of the command line, which is remembered, else the remembered one.
RendererChoice rendererOf(const Options &options, QSettings *settings)
{
    const QString key = QStringLiteral("renderer");
    if (options.renderer && settings)
        settings->setValue(key, rendererWord(*options.renderer));
    const auto remembered = settings ? rendererNamed(settings->value(key).toString()) : std::nullopt;
    const RendererMode mode = options.renderer.value_or(remembered.value_or(RendererMode::Auto));
    return chooseRenderer(mode, mode == RendererMode::Software ? GlFacts{} : probeGl());
}

/// The same for decoding; null: off.
std::shared_ptr<media::HardwareDevices> hardwareOf(const Options &options, QSettings *settings)
{
    const QString key = QStringLiteral("hardwareDecoding");
    if (options.hardware && settings)
        settings->setValue(key, *options.hardware);
    const bool remembered = !settings || settings->value(key, true).toBool();
    return options.hardware.value_or(remembered) ? std::make_shared<media::HardwareDevices>() : nullptr;
}

/// Those of the command line, else the remembered ones.
QList<Address> addressesOf(const Options &options, QSettings *settings)
{
    if (!options.addresses.isEmpty() || !settings) {
        QStringList texts;
        for (const Address &address : options.addresses)
            texts << address.text();
        if (settings)
            settings->setValue(QStringLiteral("addresses"), texts);
        return options.addresses;
    }
    QList<Address> addresses;
    for (const QString &text : settings->value(QStringLiteral("addresses")).toStringList()) {
        if (const auto address = parseAddress(text))
            addresses << *address;
    }
    return addresses;
}

int printed(FILE *to, const QString &text, int code)
{
    std::fputs(qPrintable(text), to);
    return code;
}

} // namespace

int main(int argc, char **argv)
{
    installLogging();
    // Before QApplication: a wrong argument needs no display to be told.
    const auto options = parseOptions(argumentsOf(argc, argv));
    if (!options)
        return printed(stderr, QStringLiteral("vedette: %1\n").arg(options.error().detail), kBadArguments);
    if (options->help)
        return printed(stdout, usageText(), 0);
    if (options->version)
        return printed(stdout, QStringLiteral("vedette %1\n").arg(QStringLiteral(VEDETTE_VERSION)), 0);

    int noArguments = 1; // ours are not Qt's
    QApplication application(noArguments, argv);
    QApplication::setApplicationName(QStringLiteral("vedette"));
    QApplication::setDesktopFileName(QStringLiteral("io.github.vedette.Vedette"));
    const QPalette systemPalette = QApplication::palette();
    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication::setFont(bodyFont(QApplication::font()));

    const bool reporting = !options->reportDir.isEmpty();
    std::unique_ptr<QSettings> settings;
    if (!reporting)
        settings = std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("vedette"), QStringLiteral("console"));

    const SystemClock clock;
    Console console(clock, {options->user, options->password});
    console.streams().setHardware(hardwareOf(*options, settings.get()));
    MainWindow window(console, settings.get(), systemPalette, options->theme.value_or(rememberedTheme(settings.get())),
                      rendererOf(*options, settings.get()));
    std::unique_ptr<RunReport> report;
    if (reporting) {
        window.resize(1920, 1080);
        report = std::make_unique<RunReport>(RunReport::Plan{options->reportDir, options->reportSeconds, options->reportCameras, options->reportPlayback},
                                             console, window);
        QObject::connect(report.get(), &RunReport::finished, &application, [](int code, const QString &sentence) {
            if (!sentence.isEmpty())
                printed(stderr, QStringLiteral("vedette: %1\n").arg(sentence), code);
            QApplication::exit(code);
        });
    }
    window.show();
    // The window first, the network after it.
    QTimer::singleShot(0, &console, [&] {
        for (const Address &address : addressesOf(*options, settings.get()))
            console.add(address);
        for (const QString &folder : options->recordings) {
            if (const Status added = console.addRecordings(folder); !added)
                printed(stderr, QStringLiteral("vedette: --recordings: %1\n").arg(added.error().detail), 0);
        }
        if (report)
            report->start();
    });
    return QApplication::exec();
}
