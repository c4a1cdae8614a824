// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace vedette::app {

/// Shows a popup over the button that it belongs to, right edges together, under it where there is no room above; always
/// on the button's screen.
void openOver(QWidget &popup, const QWidget &button);

} // namespace vedette::app
