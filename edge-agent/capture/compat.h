// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <libcamera/camera.h>
#include <libcamera/control_ids.h>
#include <libcamera/transform.h>
#include <libcamera/version.h>

#if LIBCAMERA_VERSION_MAJOR > 0 || LIBCAMERA_VERSION_MINOR >= 2
#include <libcamera/orientation.h>
#endif

#include <optional>

namespace vedette::agent::compat {

/// Differences between libcamera 0.0.3 (Debian 12), 0.4 and 0.7 (Debian 13 and its backports), and nothing else. Controls
/// need nothing here: they are found by name.

/// What the picture is turned by, beyond what brings it upright.
inline void setTransform(libcamera::CameraConfiguration &config, libcamera::Transform transform)
{
#if LIBCAMERA_VERSION_MAJOR > 0 || LIBCAMERA_VERSION_MINOR >= 2
    config.orientation = libcamera::Orientation::Rotate0 * transform;
#else
    config.transform = transform;
#endif
}

/// After validate(): whether the camera turns it so.
inline bool hasTransform(const libcamera::CameraConfiguration &config, libcamera::Transform transform)
{
#if LIBCAMERA_VERSION_MAJOR > 0 || LIBCAMERA_VERSION_MINOR >= 2
    return config.orientation == libcamera::Orientation::Rotate0 * transform;
#else
    return config.transform == transform;
#endif
}

} // namespace vedette::agent::compat
