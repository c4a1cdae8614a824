// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

namespace vedette::app {

/// resources/icons/NAME.svg, tinted with the colours of the current palette each time it is drawn.
QIcon icon(const QString &name);

} // namespace vedette::app
