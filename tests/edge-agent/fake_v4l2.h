// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/capture/v4l2_device.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace vedette::test {

/// A V4L2 camera that is not there. It keeps the kernel's rules that matter: EBUSY while another streams, ENODEV once it is
/// unplugged, pictures in real time. Thread-safe; shared by its devices.
struct FakeV4l2Camera {
    struct Size {
        int width = 640;
        int height = 480;
        std::vector<int> rates{30};
    };
    QString path = QStringLiteral("/dev/video0");
    QString card = QStringLiteral("Fake Webcam");
    QString driver = QStringLiteral("uvcvideo");
    std::uint32_t capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    std::map<std::uint32_t, std::vector<Size>> formats{{V4L2_PIX_FMT_YUYV, {{}}}};
    bool stepwise = false; ///< the sizes are the largest
    std::vector<v4l2_queryctrl> controls;
    std::map<std::uint32_t, std::vector<std::string>> menus;

    /// What buffer number n holds; also changes its flags and time stamp.
    std::function<std::vector<std::uint8_t>(std::uint32_t n, v4l2_buffer &buffer)> fill;
    int openError = 0;
    std::map<unsigned long, int> errors; ///< by request
    bool plugged = true;
    bool silent = false;                 ///< streams and gives nothing
    bool hangs = false;                  ///< answers no call

    // What it was told.
    std::map<std::uint32_t, std::int32_t> set;
    v4l2_pix_format format{};
    int rate = 30;
    int opened = 0;
    bool streaming = false;

    std::mutex mutex; // guards all above once a device is open
    std::condition_variable_any changed;

    void plug(bool in)
    {
        {
            std::lock_guard lock(mutex);
            plugged = in;
        }
        changed.notify_all();
    }
};

class FakeV4l2Device final : public agent::V4l2Device {
public:
    explicit FakeV4l2Device(std::shared_ptr<FakeV4l2Camera> camera) : m_camera(std::move(camera)) {}
    ~FakeV4l2Device() override
    {
        std::lock_guard lock(m_camera->mutex);
        if (m_streams)
            m_camera->streaming = false;
    }

    int control(unsigned long request, void *argument) override
    {
        std::unique_lock lock(m_camera->mutex);
        m_camera->changed.wait(lock, [this] { return !m_camera->hangs; });
        if (!m_camera->plugged)
            return ENODEV;
        if (const auto error = m_camera->errors.find(request); error != m_camera->errors.end())
            return error->second;
        return answer(request, argument);
    }

    std::span<const std::uint8_t> map(std::uint32_t offset, std::size_t length) override
    {
        m_memory.at(offset).resize(length);
        return m_memory.at(offset);
    }

    agent::FileWaiter::Outcome wait(milliseconds limit, const std::stop_token &stop) override
    {
        using Outcome = agent::FileWaiter::Outcome;
        std::unique_lock lock(m_camera->mutex);
        const auto end = std::chrono::steady_clock::now() + limit;
        for (;;) {
            if (stop.stop_requested())
                return Outcome::Stopped;
            if (!m_camera->plugged || (ready() && !m_camera->silent))
                return Outcome::Ready;
            if (std::chrono::steady_clock::now() >= end)
                return Outcome::TimedOut;
            const auto next = m_camera->silent || m_queued.empty() ? end : std::min(end, due());
            (void)m_camera->changed.wait_until(lock, stop, next, [this] { return !m_camera->plugged; });
        }
    }

private:
    std::chrono::steady_clock::time_point due() const { return m_begin + std::chrono::microseconds{1'000'000LL * m_number / m_camera->rate}; }
    bool ready() const { return !m_queued.empty() && std::chrono::steady_clock::now() >= due(); }

    int answer(unsigned long request, void *argument)
    {
        switch (request) {
        case VIDIOC_QUERYCAP: return capability(*static_cast<v4l2_capability *>(argument));
        case VIDIOC_ENUM_FMT: return enumerate(*static_cast<v4l2_fmtdesc *>(argument));
        case VIDIOC_ENUM_FRAMESIZES: return enumerate(*static_cast<v4l2_frmsizeenum *>(argument));
        case VIDIOC_ENUM_FRAMEINTERVALS: return enumerate(*static_cast<v4l2_frmivalenum *>(argument));
        case VIDIOC_QUERYCTRL: return enumerate(*static_cast<v4l2_queryctrl *>(argument));
        case VIDIOC_QUERYMENU: return enumerate(*static_cast<v4l2_querymenu *>(argument));
        case VIDIOC_G_CTRL: static_cast<v4l2_control *>(argument)->value = m_camera->set[static_cast<v4l2_control *>(argument)->id]; return 0;
        case VIDIOC_S_CTRL: return setControl(*static_cast<v4l2_control *>(argument));
        case VIDIOC_S_FMT: return setFormat(static_cast<v4l2_format *>(argument)->fmt.pix);
        case VIDIOC_S_PARM: return setRate(static_cast<v4l2_streamparm *>(argument)->parm.capture);
        case VIDIOC_REQBUFS: return requestBuffers(*static_cast<v4l2_requestbuffers *>(argument));
        case VIDIOC_QUERYBUF: return queryBuffer(*static_cast<v4l2_buffer *>(argument));
        case VIDIOC_QBUF: m_queued.push_back(static_cast<v4l2_buffer *>(argument)->index); return 0;
        case VIDIOC_DQBUF: return takeBuffer(*static_cast<v4l2_buffer *>(argument));
        case VIDIOC_STREAMON: m_begin = std::chrono::steady_clock::now(); return 0;
        case VIDIOC_STREAMOFF: m_queued.clear(); return 0;
        default: return ENOTTY;
        }
    }

    template <std::size_t N>
    static void put(std::uint8_t (&out)[N], const QByteArray &text)
    {
        std::memcpy(out, text.constData(), std::min<std::size_t>(N - 1, static_cast<std::size_t>(text.size())));
    }

    int capability(v4l2_capability &out) const
    {
        put(out.card, m_camera->card.toUtf8());
        put(out.driver, m_camera->driver.toUtf8());
        put(out.bus_info, "usb-fake-1");
        out.capabilities = m_camera->capabilities | V4L2_CAP_DEVICE_CAPS;
        out.device_caps = m_camera->capabilities;
        return 0;
    }

    int enumerate(v4l2_fmtdesc &out) const
    {
        if (out.index >= m_camera->formats.size())
            return EINVAL;
        out.pixelformat = std::next(m_camera->formats.begin(), out.index)->first;
        return 0;
    }

    const FakeV4l2Camera::Size *size(std::uint32_t format, std::size_t index) const
    {
        const auto sizes = m_camera->formats.find(format);
        return sizes == m_camera->formats.end() || index >= sizes->second.size() ? nullptr : &sizes->second[index];
    }

    int enumerate(v4l2_frmsizeenum &out) const
    {
        const auto *found = size(out.pixel_format, out.index);
        if (!found)
            return EINVAL;
        const auto width = static_cast<std::uint32_t>(found->width);
        const auto height = static_cast<std::uint32_t>(found->height);
        out.type = m_camera->stepwise ? V4L2_FRMSIZE_TYPE_STEPWISE : V4L2_FRMSIZE_TYPE_DISCRETE;
        if (m_camera->stepwise)
            out.stepwise = {32, width, 2, 32, height, 2};
        else
            out.discrete = {width, height};
        return 0;
    }

    int enumerate(v4l2_frmivalenum &out) const
    {
        for (std::size_t i = 0; const auto *each = size(out.pixel_format, i); ++i) {
            if (each->width != static_cast<int>(out.width) || each->height != static_cast<int>(out.height))
                continue;
            if (out.index >= each->rates.size())
                return EINVAL;
            out.type = V4L2_FRMIVAL_TYPE_DISCRETE;
            out.discrete = {1, static_cast<std::uint32_t>(each->rates[out.index])};
            return 0;
        }
        return EINVAL;
    }

    int enumerate(v4l2_queryctrl &out) const
    {
        const std::uint32_t after = out.id & ~V4L2_CTRL_FLAG_NEXT_CTRL;
        for (const v4l2_queryctrl &each : m_camera->controls) {
            if (each.id > after) {
                out = each;
                return 0;
            }
        }
        return EINVAL;
    }

    int enumerate(v4l2_querymenu &out) const
    {
        const auto menu = m_camera->menus.find(out.id);
        if (menu == m_camera->menus.end() || out.index >= menu->second.size() || menu->second[out.index].empty())
            return EINVAL;
        const std::string &name = menu->second[out.index];
        std::memcpy(out.name, name.c_str(), std::min<std::size_t>(sizeof out.name, name.size() + 1)); // packed: no reference to it
        return 0;
    }

    int setControl(const v4l2_control &control)
    {
        m_camera->set[control.id] = control.value;
        return 0;
    }

    /// The nearest size, as drivers do.
    int setFormat(v4l2_pix_format &format)
    {
        if (m_camera->streaming)
            return EBUSY;
        if (m_camera->formats.count(format.pixelformat) == 0)
            format.pixelformat = m_camera->formats.begin()->first;
        const auto &sizes = m_camera->formats[format.pixelformat];
        const auto off = [&](const FakeV4l2Camera::Size &each) {
            return std::abs(each.width - static_cast<int>(format.width)) + std::abs(each.height - static_cast<int>(format.height));
        };
        const auto nearest = *std::min_element(sizes.begin(), sizes.end(), [&](const auto &a, const auto &b) { return off(a) < off(b); });
        if (!m_camera->stepwise) {
            format.width = static_cast<std::uint32_t>(nearest.width);
            format.height = static_cast<std::uint32_t>(nearest.height);
        }
        format.bytesperline = format.pixelformat == V4L2_PIX_FMT_YUYV ? 2 * format.width : 0;
        format.sizeimage = 2 * format.width * format.height;
        format.colorspace = V4L2_COLORSPACE_SRGB;
        m_camera->format = format;
        return 0;
    }

    int setRate(v4l2_captureparm &capture)
    {
        const auto found = m_camera->formats.find(m_camera->format.pixelformat);
        const int wanted = static_cast<int>(capture.timeperframe.denominator / std::max(1U, capture.timeperframe.numerator));
        std::vector<int> rates = found->second.front().rates;
        for (const auto &each : found->second) {
            if (each.width == static_cast<int>(m_camera->format.width))
                rates = each.rates;
        }
        m_camera->rate = *std::min_element(rates.begin(), rates.end(), [&](int a, int b) { return std::abs(a - wanted) < std::abs(b - wanted); });
        capture.timeperframe = {1, static_cast<std::uint32_t>(m_camera->rate)};
        return 0;
    }

    int requestBuffers(v4l2_requestbuffers &request)
    {
        if (m_camera->streaming)
            return EBUSY;
        m_camera->streaming = m_streams = true;
        request.count = 4;
        m_memory.resize(request.count);
        return 0;
    }

    int queryBuffer(v4l2_buffer &buffer) const
    {
        buffer.m.offset = buffer.index;
        buffer.length = m_camera->format.sizeimage;
        return 0;
    }

    int takeBuffer(v4l2_buffer &buffer)
    {
        if (!ready())
            return EAGAIN;
        buffer.index = m_queued.front();
        m_queued.erase(m_queued.begin());
        const auto stamp = std::chrono::duration_cast<microseconds>(due().time_since_epoch()).count();
        buffer.timestamp = {static_cast<time_t>(stamp / 1'000'000), static_cast<suseconds_t>(stamp % 1'000'000)};
        buffer.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
        buffer.sequence = m_number;
        auto &memory = m_memory.at(buffer.index);
        const std::vector<std::uint8_t> bytes =
            m_camera->fill ? m_camera->fill(m_number, buffer) : std::vector<std::uint8_t>(memory.size(), static_cast<std::uint8_t>(m_number));
        ++m_number;
        buffer.bytesused = static_cast<std::uint32_t>(std::min(bytes.size(), memory.size()));
        std::copy_n(bytes.begin(), buffer.bytesused, memory.begin());
        return 0;
    }

    const std::shared_ptr<FakeV4l2Camera> m_camera;
    std::vector<std::vector<std::uint8_t>> m_memory;
    std::vector<std::uint32_t> m_queued;
    std::chrono::steady_clock::time_point m_begin;
    std::uint32_t m_number = 0;
    bool m_streams = false;
};

class FakeV4l2 final : public agent::V4l2System {
public:
    std::vector<std::shared_ptr<FakeV4l2Camera>> cameras;

    FakeV4l2Camera &add(const QString &path = QStringLiteral("/dev/video0"))
    {
        cameras.push_back(std::make_shared<FakeV4l2Camera>());
        cameras.back()->path = path;
        return *cameras.back();
    }

    QStringList paths() const override
    {
        QStringList all;
        for (const auto &each : cameras) {
            std::lock_guard lock(each->mutex);
            if (each->plugged)
                all.append(each->path);
        }
        return all;
    }

    tl::expected<std::unique_ptr<agent::V4l2Device>, int> open(const QString &path) override
    {
        for (const auto &each : cameras) {
            std::lock_guard lock(each->mutex);
            if (each->path != path || !each->plugged)
                continue;
            if (each->openError != 0)
                return tl::unexpected(each->openError);
            ++each->opened;
            return std::make_unique<FakeV4l2Device>(each);
        }
        return tl::unexpected(ENOENT);
    }
};

} // namespace vedette::test
