// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/renderer_choice.h"
#include "app/shell/address.h"
#include "app/widgets/theme.h"
#include "core/base/secret.h"

#include <QStringList>

#include <optional>

namespace vedette::app {

/// The command line of the console, checked. Value type.
struct Options {
    QList<Address> addresses;
    std::optional<ThemeMode> theme;
    std::optional<RendererMode> renderer;
    std::optional<bool> hardware; ///< may decode
    QString user;
    Secret password;
    bool help = false;
    bool version = false;
    QString reportDir;      ///< not empty: measure, write, exit
    int reportSeconds = 10;
    int reportCameras = 1;
    bool reportPlayback = false; ///< of what these cameras recorded, too
    QStringList recordings; ///< folders to be opened
};

/// arguments without the program's name. InvalidInput or NotFound (password file) with one sentence.
Result<Options> parseOptions(const QStringList &arguments);
QString usageText();

} // namespace vedette::app
