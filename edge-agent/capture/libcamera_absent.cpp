// SPDX-License-Identifier: GPL-3.0-or-later
// In the place of all other libcamera_*.cpp in a build without libcamera.
#include "edge-agent/capture/libcamera_source.h"
#include "edge-agent/capture/local_camera.h"

namespace vedette::agent {
namespace {

tl::unexpected<Error> absent()
{
    return fail(ErrorKind::Unsupported, QStringLiteral("This vedette-agent was built without libcamera; build it with libcamera-dev installed."));
}

} // namespace

Result<std::unique_ptr<media::FrameSource>> openLibcamera(const settings::CameraSettings &, const SourceContext &)
{
    return absent();
}

Result<QList<LocalCamera>> listLibcameras()
{
    return absent();
}

} // namespace vedette::agent
