// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/libcamera_buffers.h"

#include <libcamera/base/unique_fd.h>
#include <libcamera/formats.h>

#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace vedette::agent {
namespace {

QString why(int error)
{
    return QString::fromLocal8Bit(std::strerror(error));
}

/// Makes what the camera wrote visible to the processor; memory that is no DMA buffer needs it not (ENOTTY).
void sync(const libcamera::FrameBuffer &buffer, std::uint64_t direction)
{
    dma_buf_sync request{direction | DMA_BUF_SYNC_READ};
    for (const auto &plane : buffer.planes())
        ::ioctl(plane.fd.get(), DMA_BUF_IOCTL_SYNC, &request);
}

void copyRows(const std::uint8_t *from, int fromStride, std::uint8_t *to, int toStride, int width, int rows)
{
    for (int y = 0; y < rows; ++y, from += fromStride, to += toStride)
        std::memcpy(to, from, static_cast<std::size_t>(width));
}

void splitChroma(const std::uint8_t *from, int fromStride, media::FrameBuffer &to)
{
    const int width = to.width() / 2;
    for (int y = 0; y < to.height() / 2; ++y, from += fromStride) {
        std::uint8_t *u = to.plane(1) + static_cast<std::ptrdiff_t>(y) * to.stride(1);
        std::uint8_t *v = to.plane(2) + static_cast<std::ptrdiff_t>(y) * to.stride(2);
        for (int x = 0; x < width; ++x) {
            u[x] = from[2 * x];
            v[x] = from[2 * x + 1];
        }
    }
}

} // namespace

bool isPictureFormat(const libcamera::PixelFormat &format)
{
    return format == libcamera::formats::YUV420 || format == libcamera::formats::NV12;
}

LibcameraBuffers::LibcameraBuffers(std::shared_ptr<libcamera::Camera> camera, const libcamera::StreamConfiguration &config)
    : m_camera(std::move(camera)), m_stream(config.stream()), m_width(static_cast<int>(config.size.width)),
      m_height(static_cast<int>(config.size.height)), m_stride(static_cast<int>(config.stride)),
      m_planar(config.pixelFormat == libcamera::formats::YUV420), m_wanted(config.bufferCount)
{
}

LibcameraBuffers::~LibcameraBuffers()
{
    for (const auto &[fd, mapping] : m_mappings)
        ::munmap(mapping.data, mapping.length);
}

Result<std::unique_ptr<LibcameraBuffers>> LibcameraBuffers::make(std::shared_ptr<libcamera::Camera> camera, const libcamera::StreamConfiguration &config)
{
    if (!isPictureFormat(config.pixelFormat) || config.stride < config.size.width)
        return fail(ErrorKind::Unsupported, QStringLiteral("Pictures in the format %1 cannot be used.").arg(QString::fromStdString(config.toString())));
    std::unique_ptr<LibcameraBuffers> buffers(new LibcameraBuffers(std::move(camera), config));
    if (auto made = buffers->allocate(); !made)
        return fail(made.error());
    return buffers;
}

Status LibcameraBuffers::allocate()
{
    m_allocator = std::make_unique<libcamera::FrameBufferAllocator>(m_camera);
    if (m_allocator->allocate(m_stream) > 0) {
        for (const auto &buffer : m_allocator->buffers(m_stream))
            m_buffers.push_back(buffer.get());
    } else if (auto made = makeOwn(); !made) {
        return made;
    }
    return map();
}

Status LibcameraBuffers::makeOwn()
{
    const auto luma = static_cast<unsigned int>(m_stride * m_height);
    for (std::size_t i = 0; i < m_wanted; ++i) {
        libcamera::UniqueFD file(::memfd_create("vedette-picture", MFD_CLOEXEC));
        if (!file.isValid() || ::ftruncate(file.get(), luma + luma / 2) != 0)
            return fail(ErrorKind::Unavailable, QStringLiteral("There is no memory for the camera's pictures: %1.").arg(why(errno)));
        const libcamera::SharedFD fd(std::move(file));
        std::vector<libcamera::FrameBuffer::Plane> planes{{fd, 0, luma}};
        if (m_planar)
            planes.insert(planes.end(), {{fd, luma, luma / 4}, {fd, luma + luma / 4, luma / 4}});
        else
            planes.push_back({fd, luma, luma / 2});
        m_own.push_back(std::make_unique<libcamera::FrameBuffer>(planes));
        m_buffers.push_back(m_own.back().get());
    }
    return {};
}

Status LibcameraBuffers::map()
{
    std::map<int, std::size_t> ends;
    for (const libcamera::FrameBuffer *buffer : m_buffers) {
        for (const auto &plane : buffer->planes()) {
            std::size_t &end = ends[plane.fd.get()];
            end = std::max(end, std::size_t{plane.offset} + plane.length);
        }
    }
    for (const auto &[fd, length] : ends) {
        void *data = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, 0);
        if (data == MAP_FAILED)
            return fail(ErrorKind::Unavailable, QStringLiteral("The camera's picture memory cannot be read: %1.").arg(why(errno)));
        m_mappings[fd] = {data, length};
    }
    return {};
}

Result<media::Frame> LibcameraBuffers::copy(const libcamera::FrameBuffer *buffer, MonoTime captured) const
{
    const std::size_t luma = static_cast<std::size_t>(m_stride) * static_cast<std::size_t>(m_height);
    const std::array<std::size_t, 3> sizes{luma, m_planar ? luma / 4 : luma / 2, m_planar ? luma / 4 : 0};
    std::array<const std::uint8_t *, 3> from{};
    std::size_t passed = 0; // of a buffer that describes all its planes as one
    for (std::size_t i = 0; i < (m_planar ? 3U : 2U); ++i) {
        const auto &planes = buffer->planes();
        const bool single = planes.size() == 1;
        if (!single && i >= planes.size())
            return fail(ErrorKind::Corrupt, QStringLiteral("The camera's buffers have too few planes."));
        const auto &plane = planes[single ? 0 : i];
        const Mapping &mapping = m_mappings.at(plane.fd.get());
        const std::size_t at = plane.offset + (single ? passed : 0);
        if (at + sizes[i] > mapping.length)
            return fail(ErrorKind::Corrupt, QStringLiteral("The camera's buffers are smaller than its pictures."));
        from[i] = static_cast<const std::uint8_t *>(mapping.data) + at;
        passed += sizes[i];
    }
    media::FrameBuffer picture(m_width, m_height);
    if (!picture.plane(0))
        return fail(ErrorKind::Unavailable, QStringLiteral("There is no memory for a picture of %1 × %2.").arg(m_width).arg(m_height));
    sync(*buffer, DMA_BUF_SYNC_START);
    copyRows(from[0], m_stride, picture.plane(0), picture.stride(0), m_width, m_height);
    if (m_planar) {
        copyRows(from[1], m_stride / 2, picture.plane(1), picture.stride(1), m_width / 2, m_height / 2);
        copyRows(from[2], m_stride / 2, picture.plane(2), picture.stride(2), m_width / 2, m_height / 2);
    } else {
        splitChroma(from[1], m_stride, picture);
    }
    sync(*buffer, DMA_BUF_SYNC_END);
    return picture.release(captured, microseconds{toMicros(captured)});
}

} // namespace vedette::agent
