// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/control_range.h"

#include <QJsonObject>
#include <QStringList>

#include <libcamera/controls.h>

#include <functional>

namespace vedette::agent {

/// The keys of [camera.controls] in libcamera's words (its control_ids_core.yaml), found by name among what a camera has, so
/// that one build knows controls that only other versions of libcamera have. Pure.

/// What the camera allows, by our keys; what it has not is not there.
QList<protocol::ControlRange> controlRanges(const libcamera::ControlInfoMap &camera);

/// Puts what is wanted into a request's list: all that differs from before; what is no longer wanted goes back to the camera's
/// own default. Values that the camera does not allow are left out, each with a sentence to refused.
void fillControls(libcamera::ControlList &list, const libcamera::ControlInfoMap &camera, const QJsonObject &wanted, const QJsonObject &before,
                  const std::function<void(const QString &)> &refused);

/// The interval between pictures, held within what the camera allows; false for a camera that has no such control.
bool setInterval(libcamera::ControlList &list, const libcamera::ControlInfoMap &camera, double framerate);

} // namespace vedette::agent
