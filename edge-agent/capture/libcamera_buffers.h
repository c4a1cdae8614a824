// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/frame.h"

#include <libcamera/framebuffer.h>
#include <libcamera/framebuffer_allocator.h>
#include <libcamera/stream.h>

#include <map>
#include <memory>
#include <vector>

namespace vedette::agent {

/// The picture memory of one stream of a camera, mapped for reading; NV12 or YUV420. Made by libcamera where the kernel has an
/// allocator, else of anonymous files (memfd_create(2)), which only cameras without hardware take. Capture thread.
class LibcameraBuffers {
public:
    /// The stream is configured. Unavailable without memory, Unsupported for another format.
    static Result<std::unique_ptr<LibcameraBuffers>> make(std::shared_ptr<libcamera::Camera> camera, const libcamera::StreamConfiguration &config);
    ~LibcameraBuffers();
    LibcameraBuffers(const LibcameraBuffers &) = delete;
    LibcameraBuffers &operator=(const LibcameraBuffers &) = delete;

    std::size_t count() const { return m_buffers.size(); }
    libcamera::FrameBuffer *at(std::size_t index) const { return m_buffers[index]; }
    libcamera::Stream *stream() const { return m_stream; }

    /// A copy, so that the buffer can go back to the camera at once: an encoder or reader that is late costs only its own picture.
    Result<media::Frame> copy(const libcamera::FrameBuffer *buffer, MonoTime captured) const;

private:
    LibcameraBuffers(std::shared_ptr<libcamera::Camera> camera, const libcamera::StreamConfiguration &config);
    Status allocate();
    Status makeOwn();
    Status map();

    const std::shared_ptr<libcamera::Camera> m_camera;
    libcamera::Stream *const m_stream;
    const int m_width;
    const int m_height;
    const int m_stride;  ///< bytes of a row of Y
    const bool m_planar; ///< YUV420, else NV12
    const std::size_t m_wanted;
    std::unique_ptr<libcamera::FrameBufferAllocator> m_allocator;
    std::vector<std::unique_ptr<libcamera::FrameBuffer>> m_own;
    std::vector<libcamera::FrameBuffer *> m_buffers; ///< of one of the two
    struct Mapping {
        void *data = nullptr;
        std::size_t length = 0;
    };
    std::map<int, Mapping> m_mappings; ///< by file descriptor
};

/// Whether pictures of this format can be copied.
bool isPictureFormat(const libcamera::PixelFormat &format);

} // namespace vedette::agent
