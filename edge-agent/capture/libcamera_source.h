// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/capture/source_factory.h"

namespace vedette::agent {

/// Opens the camera that `device` names through libcamera, with size, rate, flips and controls of the settings, and a second,
/// small picture from the camera itself where sub is enabled and the camera makes that size. Its pictures carry the time at
/// which the sensor began them. Follows context.controls without being opened again. NotFound for no such camera, Unavailable
/// for one in use, unplugged or without pictures, Unsupported in a build without libcamera. Free of libcamera's headers, so
/// that builds with and without look the same.
Result<std::unique_ptr<media::FrameSource>> openLibcamera(const settings::CameraSettings &settings, const SourceContext &context);

} // namespace vedette::agent
