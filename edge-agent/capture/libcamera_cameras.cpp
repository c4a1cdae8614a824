// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/libcamera_cameras.h"

#include "edge-agent/capture/libcamera_controls.h"
#include "edge-agent/capture/local_camera.h"

#include <libcamera/logging.h>
#include <libcamera/property_ids.h>
#include <libcamera/stream.h>

#include <cstring>
#include <mutex>

namespace vedette::agent {

namespace {

struct Shared {
    std::mutex mutex; // guards all
    std::unique_ptr<libcamera::CameraManager> manager;
    int users = 0;
};

Shared &shared()
{
    static Shared only;
    return only;
}

void leave()
{
    std::lock_guard lock(shared().mutex);
    if (--shared().users > 0)
        return;
    shared().manager->stop();
    shared().manager.reset();
}

} // namespace

Result<std::shared_ptr<libcamera::CameraManager>> cameraManager()
{
    std::lock_guard lock(shared().mutex);
    if (shared().users == 0) {
        auto manager = std::make_unique<libcamera::CameraManager>();
        if (const int error = manager->start(); error < 0)
            return fail(ErrorKind::Unavailable, QStringLiteral("libcamera cannot be started: %1.").arg(QString::fromLocal8Bit(std::strerror(-error))));
        if (!qEnvironmentVariableIsSet("LIBCAMERA_LOG_LEVELS"))
            libcamera::logSetLevel("Camera", "WARN"); // it tells of every opening; known by name only after start()
        shared().manager = std::move(manager);
    }
    ++shared().users;
    return std::shared_ptr<libcamera::CameraManager>(shared().manager.get(), [](libcamera::CameraManager *) { leave(); });
}

QString idOf(const libcamera::Camera &camera)
{
    return QString::fromStdString(camera.id());
}

QString modelOf(const libcamera::Camera &camera)
{
    const auto model = camera.properties().get(libcamera::properties::Model);
    return model ? QString::fromUtf8(model->data(), static_cast<qsizetype>(model->size())) : QString();
}

Result<std::shared_ptr<libcamera::Camera>> findCamera(const libcamera::CameraManager &manager, const QString &device)
{
    const auto cameras = manager.cameras();
    if (cameras.empty())
        return fail(ErrorKind::NotFound, QStringLiteral("libcamera finds no camera on this machine: is it plugged in and is its driver loaded?"));
    bool number = false;
    const std::size_t index = device.toUInt(&number);
    if (device.isEmpty() || (number && index < cameras.size()))
        return cameras[device.isEmpty() ? 0 : index];
    QStringList known;
    for (const auto &camera : cameras) {
        if (idOf(*camera) == device || modelOf(*camera) == device)
            return camera;
        known.append(modelOf(*camera).isEmpty() ? idOf(*camera) : QStringLiteral("%1 (%2)").arg(modelOf(*camera), idOf(*camera)));
    }
    return fail(ErrorKind::NotFound, QStringLiteral("libcamera finds no camera \"%1\"; there is %2.").arg(device.left(64), known.join(QStringLiteral(", "))));
}

namespace {

QList<CameraMode> modesOf(libcamera::Camera &camera)
{
    QList<CameraMode> modes;
    const auto config = camera.generateConfiguration({libcamera::StreamRole::VideoRecording});
    if (!config || config->empty())
        return modes;
    const libcamera::StreamFormats &formats = config->at(0).formats();
    for (const libcamera::PixelFormat &format : formats.pixelformats()) {
        CameraMode mode{QString::fromStdString(format.toString()), {}, false};
        for (const libcamera::Size &size : formats.sizes(format))
            mode.sizes.append(QSize(static_cast<int>(size.width), static_cast<int>(size.height)));
        const libcamera::SizeRange range = formats.range(format);
        if (mode.sizes.isEmpty() || (mode.sizes.size() == 1 && range.min != range.max)) {
            mode.sizes = {QSize(static_cast<int>(range.min.width), static_cast<int>(range.min.height)),
                          QSize(static_cast<int>(range.max.width), static_cast<int>(range.max.height))};
            mode.anySize = true;
        }
        modes.append(mode);
    }
    return modes;
}

} // namespace

Result<QList<LocalCamera>> listLibcameras()
{
    const auto manager = cameraManager();
    if (!manager)
        return fail(manager.error());
    QList<LocalCamera> out;
    for (const auto &camera : (*manager)->cameras())
        out.append({idOf(*camera), modelOf(*camera), modesOf(*camera), controlRanges(camera->controls())});
    return out;
}

} // namespace vedette::agent
