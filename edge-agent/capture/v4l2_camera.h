// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "edge-agent/capture/v4l2_device.h"

#include <QList>

namespace vedette::agent {

/// One format and size of a V4L2 camera.
struct V4l2Mode {
    std::uint32_t format = 0; ///< V4L2_PIX_FMT_…
    int width = 0;            ///< pixels
    int height = 0;
    bool upTo = false;        ///< any smaller size as well
    double framerate = 0;     ///< the highest, frames/s; 0: not said
};

struct V4l2Control {
    std::uint32_t id = 0;     ///< V4L2_CID_…
    QString name;
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    std::int64_t step = 0;
    std::int64_t standard = 0; ///< the driver's default
    std::int64_t value = 0;
    QStringList choices;       ///< of a menu, by value from minimum; "" where there is none
};

/// What a V4L2 camera says that it can.
struct V4l2Camera {
    QString path;
    QString name;             ///< "HD Webcam C920"
    QString driver;           ///< "uvcvideo"
    QString bus;
    QList<V4l2Mode> modes;
    QList<V4l2Control> controls;
};

/// "MJPG", as the four letters of the format.
QString v4l2FormatName(std::uint32_t format);
/// H.264, MJPEG or YUYV: what source v4l2 takes.
bool isTaken(std::uint32_t format);

/// Asks an open device. Unsupported when it is no camera, Unavailable when it goes away meanwhile.
Result<V4l2Camera> describeV4l2(V4l2Device &device, const QString &path);

/// The best format for this size and rate: H.264, else YUYV where it reaches the rate, else MJPEG, else YUYV at what it
/// reaches. Unsupported, with the formats that it has, when there is none of these.
Result<std::uint32_t> chooseV4l2Format(const V4l2Camera &camera, int width, int height, double framerate);

/// One sentence for a failed system call on this device while it did that ("opened", "set up").
Error v4l2Error(int code, const QString &path, const QString &doing);

} // namespace vedette::agent
