// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/settings/agent_settings.h"

#include <QSet>
#include <QStringList>

namespace vedette::agent {

/// The long options that the text of "rpicam-vid --help" names, without "--".
QSet<QString> rpicamOptions(const QString &help);

/// The argument vector with which rpicam-vid writes these settings' H.264 to its standard output (options as of rpicam-apps
/// 1.10 and libcamera-apps 1.2; known: those of the program here). InvalidInput for a device that is no number;
/// Unsupported for a control that rpicam-vid, or this version of it, has not.
Result<QStringList> rpicamArguments(const settings::CameraSettings &settings, const QSet<QString> &known);

} // namespace vedette::agent
