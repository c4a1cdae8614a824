// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "edge-agent/capture/file_waiter.h"

#include <QString>
#include <QStringList>

#include <tl/expected.hpp>

#include <memory>
#include <span>
#include <stop_token>

namespace vedette::agent {

/// One open V4L2 device by its system calls alone (kernel documentation, userspace-api/media/v4l): the lowest seam, where a
/// test puts a camera that is not there. Used by one thread; its maps end with it.
class V4l2Device {
public:
    virtual ~V4l2Device() = default;
    /// ioctl(2) with a VIDIOC_ request; 0, or the errno.
    virtual int control(unsigned long request, void *argument) = 0;
    /// mmap(2) of a buffer for reading; empty when that fails.
    virtual std::span<const std::uint8_t> map(std::uint32_t offset, std::size_t length) = 0;
    /// Until a buffer may be taken or the device has failed.
    virtual FileWaiter::Outcome wait(milliseconds limit, const std::stop_token &stop) = 0;
};

/// Where devices are found. Thread-safe; outlives its devices.
class V4l2System {
public:
    virtual ~V4l2System() = default;
    /// "/dev/video0" …, in the order of their numbers.
    virtual QStringList paths() const = 0;
    /// The device, or the errno of open(2).
    virtual tl::expected<std::unique_ptr<V4l2Device>, int> open(const QString &path) = 0;
};

/// The kernel's.
V4l2System &linuxV4l2();

} // namespace vedette::agent
