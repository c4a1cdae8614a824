// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/capture/source_factory.h"
#include "edge-agent/capture/v4l2_stream.h"

namespace vedette::agent {

/// Opens a V4L2 camera by the settings' device (empty: the first that gives pictures), size and rate. H.264 comes out as
/// packets, untouched; MJPEG and YUYV as pictures. Captured is the driver's time stamp, in CLOCK_MONOTONIC. The error is
/// one sentence that names the device.
Result<OpenSource> openV4l2(const settings::CameraSettings &settings, const SourceContext &context, V4l2System &system,
                            const std::stop_token &stop);

} // namespace vedette::agent
