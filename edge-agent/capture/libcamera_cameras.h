// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

#include <libcamera/camera.h>
#include <libcamera/camera_manager.h>

#include <memory>

namespace vedette::agent {

/// libcamera's manager, of which a process may have only one: started for its first user, stopped with its last, so that
/// cameras that come and go are seen at the latest when all are opened again. It owns a thread of libcamera's. Thread-safe.
Result<std::shared_ptr<libcamera::CameraManager>> cameraManager();

/// By id, model or number from 0; an empty text is the first. NotFound says what there is.
Result<std::shared_ptr<libcamera::Camera>> findCamera(const libcamera::CameraManager &manager, const QString &device);

QString idOf(const libcamera::Camera &camera);
QString modelOf(const libcamera::Camera &camera); ///< empty: it does not say

} // namespace vedette::agent
