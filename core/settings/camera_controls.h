// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QJsonObject>
#include <QRectF>

#include <optional>

namespace vedette::settings {

/// One thing wrong in a set of controls.
struct WrongControl {
    QString key;
    QString sentence; ///< without the key
};
/// What no single value shows: a malformed roi, a lens position beside autofocus. Each value is of the table's type already.
std::optional<WrongControl> findWrongControl(const QJsonObject &controls);

/// Controls as a command gives them: key of [camera.controls] → value, null to unset. Each is checked against its row and all
/// together; InvalidInput names the key and what is allowed.
Result<QJsonObject> checkControls(const QJsonObject &given);

/// "x,y,width,height" in parts of 1, inside the unit square and at least 1/100 wide and high; nullopt otherwise.
std::optional<QRectF> parseRoi(const QString &text);

} // namespace vedette::settings
