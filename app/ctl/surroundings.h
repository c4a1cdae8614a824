// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <QCommandLineParser>
#include <QObject>
#include <QProcessEnvironment>
#include <QString>

#include <optional>

class QIODevice;

namespace vedette::app {

/// Ctrl-C as a signal of the main thread.
class Interrupt : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

Q_SIGNALS:
    void requested();
};

/// What a command gets from the program around it. References only; all outlive the command. Main thread.
struct Surroundings {
    const Clock &clock;
    const QProcessEnvironment &environment;
    QIODevice &out; ///< results and nothing else
    QIODevice &err; ///< sentences for people
    Interrupt &interrupt;
};

/// Exit codes of every subcommand.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;   ///< the outside world said no, or nothing
inline constexpr int kBadUsage = 2;

void print(QIODevice &device, const QString &text);
/// "vedettectl: sentence" on err; never a password.
int badUsage(Surroundings &around, const QString &sentence);

/// Parses "vedettectl NAME arguments". An exit code when the command is over already: help was asked for or an argument
/// is wrong.
std::optional<int> parseArguments(QCommandLineParser &parser, const QString &name, const QStringList &arguments,
                                  int positional, Surroundings &around);
/// The value of --seconds: more than 0 and at most a day; empty when it is not such a number.
std::optional<milliseconds> secondsOf(const QCommandLineParser &parser);

} // namespace vedette::app
