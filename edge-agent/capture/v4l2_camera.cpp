// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/v4l2_camera.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace vedette::agent {
namespace {

// A driver that answers for ever must not hold anybody.
constexpr std::uint32_t kMostFormats = 64;
constexpr std::uint32_t kMostSizes = 128;
constexpr std::uint32_t kMostControls = 256;
constexpr std::int64_t kMostChoices = 64;
constexpr double kNearlyRate = 0.9; // a camera's 27.5 frames/s do for 30

template <std::size_t N>
QString text(const std::uint8_t (&bytes)[N])
{
    const auto *chars = reinterpret_cast<const char *>(bytes);
    return QString::fromUtf8(chars, static_cast<qsizetype>(qstrnlen(chars, N))).simplified();
}

double bestRate(V4l2Device &device, std::uint32_t format, std::uint32_t width, std::uint32_t height)
{
    double best = 0;
    for (std::uint32_t i = 0; i < kMostSizes; ++i) {
        v4l2_frmivalenum interval{};
        interval.index = i;
        interval.pixel_format = format;
        interval.width = width;
        interval.height = height;
        if (device.control(VIDIOC_ENUM_FRAMEINTERVALS, &interval) != 0)
            break;
        const v4l2_fract period = interval.type == V4L2_FRMIVAL_TYPE_DISCRETE ? interval.discrete : interval.stepwise.min;
        if (period.numerator > 0)
            best = std::max(best, static_cast<double>(period.denominator) / period.numerator);
        if (interval.type != V4L2_FRMIVAL_TYPE_DISCRETE)
            break;
    }
    return best;
}

QList<V4l2Mode> modesOf(V4l2Device &device, std::uint32_t format)
{
    QList<V4l2Mode> modes;
    for (std::uint32_t i = 0; i < kMostSizes; ++i) {
        v4l2_frmsizeenum size{};
        size.index = i;
        size.pixel_format = format;
        if (device.control(VIDIOC_ENUM_FRAMESIZES, &size) != 0)
            break;
        const bool discrete = size.type == V4L2_FRMSIZE_TYPE_DISCRETE;
        const std::uint32_t width = discrete ? size.discrete.width : size.stepwise.max_width;
        const std::uint32_t height = discrete ? size.discrete.height : size.stepwise.max_height;
        modes.append({format, static_cast<int>(width), static_cast<int>(height), !discrete, bestRate(device, format, width, height)});
        if (!discrete)
            break;
    }
    if (modes.isEmpty()) // a driver need not tell its sizes
        modes.append({format, 0, 0, false, 0});
    return modes;
}

QStringList choicesOf(V4l2Device &device, const v4l2_queryctrl &control)
{
    QStringList choices;
    for (std::int64_t i = control.minimum; i <= control.maximum && choices.size() < kMostChoices; ++i) {
        v4l2_querymenu menu{};
        menu.id = control.id;
        menu.index = static_cast<std::uint32_t>(i);
        const bool there = device.control(VIDIOC_QUERYMENU, &menu) == 0;
        const bool named = control.type == V4L2_CTRL_TYPE_MENU;
        choices.append(!there ? QString() : named ? text(menu.name) : QString::number(menu.value));
    }
    return choices;
}

QList<V4l2Control> controlsOf(V4l2Device &device)
{
    QList<V4l2Control> controls;
    std::uint32_t last = 0;
    for (std::uint32_t i = 0; i < kMostControls; ++i) {
        v4l2_queryctrl query{};
        query.id = last | V4L2_CTRL_FLAG_NEXT_CTRL;
        if (device.control(VIDIOC_QUERYCTRL, &query) != 0 || query.id <= last)
            break;
        last = query.id;
        const std::array kinds{V4L2_CTRL_TYPE_INTEGER, V4L2_CTRL_TYPE_BOOLEAN, V4L2_CTRL_TYPE_MENU, V4L2_CTRL_TYPE_INTEGER_MENU};
        if ((query.flags & V4L2_CTRL_FLAG_DISABLED) != 0 || std::find(kinds.begin(), kinds.end(), query.type) == kinds.end())
            continue;
        v4l2_control value{query.id, 0};
        (void)device.control(VIDIOC_G_CTRL, &value); // a write-only one keeps 0
        V4l2Control control{query.id, text(query.name), query.minimum, query.maximum, query.step, query.default_value, value.value, {}};
        if (query.type == V4L2_CTRL_TYPE_MENU || query.type == V4L2_CTRL_TYPE_INTEGER_MENU)
            control.choices = choicesOf(device, query);
        controls.append(control);
    }
    return controls;
}

/// The best of the size nearest to the wanted one; empty when the camera has not the format.
std::optional<double> rateNear(const V4l2Camera &camera, std::uint32_t format, int width, int height)
{
    std::optional<double> rate;
    std::int64_t nearest = INT64_MAX;
    for (const V4l2Mode &mode : camera.modes) {
        const bool inside = mode.upTo && width <= mode.width && height <= mode.height;
        const std::int64_t off = inside ? 0 : std::abs(mode.width - width) + std::abs(mode.height - height);
        if (mode.format != format || off > nearest)
            continue;
        rate = off == nearest ? std::max(*rate, mode.framerate) : mode.framerate;
        nearest = off;
    }
    return rate;
}

} // namespace

QString v4l2FormatName(std::uint32_t format)
{
    QString name;
    for (int i = 0; i < 4; ++i) {
        const auto letter = static_cast<char>(format >> (8 * i) & 0x7FU);
        name += letter > ' ' && letter < 0x7F ? QLatin1Char(letter) : QLatin1Char(' ');
    }
    return name.trimmed();
}

bool isTaken(std::uint32_t format)
{
    return format == V4L2_PIX_FMT_H264 || format == V4L2_PIX_FMT_MJPEG || format == V4L2_PIX_FMT_JPEG || format == V4L2_PIX_FMT_YUYV;
}

Error v4l2Error(int code, const QString &path, const QString &doing)
{
    switch (code) {
    case ENOENT:
        return {ErrorKind::NotFound, QStringLiteral("%1 does not exist: no camera is plugged in there").arg(path), nullptr};
    case EACCES:
    case EPERM:
        return {ErrorKind::Denied, QStringLiteral("%1 may not be used: the agent's user must be in the group video").arg(path), nullptr};
    case EBUSY:
        return {ErrorKind::Unavailable, QStringLiteral("%1 is used by another program").arg(path), nullptr};
    case ENODEV:
    case ENXIO:
        return {ErrorKind::Unavailable, QStringLiteral("%1 was unplugged while it was %2").arg(path, doing), nullptr};
    case ENOSPC:
        return {ErrorKind::Unavailable,
                QStringLiteral("%1 finds no room on the USB bus: take a smaller picture or rate, or another port").arg(path), nullptr};
    default:
        return {ErrorKind::Unavailable,
                QStringLiteral("%1 could not be %2: %3").arg(path, doing, QString::fromLocal8Bit(std::strerror(code))), nullptr};
    }
}

Result<V4l2Camera> describeV4l2(V4l2Device &device, const QString &path)
{
    v4l2_capability capability{};
    const int code = device.control(VIDIOC_QUERYCAP, &capability);
    if (code == ENOTTY || code == EINVAL)
        return fail(ErrorKind::Unsupported, QStringLiteral("%1 is not a video device").arg(path));
    if (code != 0)
        return fail(v4l2Error(code, path, QStringLiteral("opened")));
    V4l2Camera camera;
    camera.path = path;
    camera.name = text(capability.card);
    camera.driver = text(capability.driver);
    camera.bus = text(capability.bus_info);
    const std::uint32_t can = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? capability.device_caps : capability.capabilities;
    if ((can & V4L2_CAP_VIDEO_CAPTURE) == 0 || (can & V4L2_CAP_STREAMING) == 0)
        return fail(ErrorKind::Unsupported, QStringLiteral("%1 (%2) is no camera: it gives no pictures to programs").arg(path, camera.name));
    for (std::uint32_t i = 0; i < kMostFormats; ++i) {
        v4l2_fmtdesc format{};
        format.index = i;
        format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        const int end = device.control(VIDIOC_ENUM_FMT, &format);
        if (end == ENODEV)
            return fail(v4l2Error(end, path, QStringLiteral("opened")));
        if (end != 0)
            break;
        camera.modes += modesOf(device, format.pixelformat);
    }
    camera.controls = controlsOf(device);
    return camera;
}

Result<std::uint32_t> chooseV4l2Format(const V4l2Camera &camera, int width, int height, double framerate)
{
    const auto rate = [&](std::uint32_t format) { return rateNear(camera, format, width, height); };
    if (rate(V4L2_PIX_FMT_H264))
        return std::uint32_t{V4L2_PIX_FMT_H264};
    const auto uncompressed = rate(V4L2_PIX_FMT_YUYV);
    if (uncompressed && *uncompressed >= kNearlyRate * framerate)
        return std::uint32_t{V4L2_PIX_FMT_YUYV};
    for (const std::uint32_t format : {V4L2_PIX_FMT_MJPEG, V4L2_PIX_FMT_JPEG}) {
        if (rate(format))
            return format;
    }
    if (uncompressed)
        return std::uint32_t{V4L2_PIX_FMT_YUYV};
    QStringList names;
    for (const V4l2Mode &mode : camera.modes) {
        if (const QString name = v4l2FormatName(mode.format); !names.contains(name))
            names.append(name);
    }
    return fail(ErrorKind::Unsupported,
                QStringLiteral("%1 (%2) gives %3, none of H.264, MJPEG and YUYV; the Pi's own cameras need source libcamera")
                    .arg(camera.path, camera.name, names.isEmpty() ? QStringLiteral("no format") : names.join(QStringLiteral(", "))));
}

} // namespace vedette::agent
