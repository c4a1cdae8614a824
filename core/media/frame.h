// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/base/clock.h"
#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace vedette::media {

/// One decoded picture. The pixels are owned by handle, immutable and shared; copying a Frame is
/// cheap. nativeFormat is an AVPixelFormat, colour matrix and range ride inside handle: only
/// core/media interprets them (Scaler, Encoder, JpegEncoder). Reentrant.
struct Frame {
    int width = 0;
    int height = 0;
    int nativeFormat = -1;
    std::array<const std::uint8_t *, 4> planes{};
    std::array<int, 4> strides{};
    microseconds pts{0};
    std::optional<CaptureStamp> capture;
    MonoTime captured{};                 ///< agent side: when the sensor or source gave it
    MonoTime firstByte{};                ///< console side, as all below: of the packet that it came from
    MonoTime arrival{};
    MonoTime decoded{};                  ///< when the decoder gave it out
    std::shared_ptr<const void> handle;  ///< an AVFrame
    std::shared_ptr<const Frame> small;  ///< the same picture as the camera itself made it smaller; its times are this one's; null: none

    bool isNull() const { return !handle; }
};

class Scaler;

/// A planar 4:2:0 8-bit BT.709 limited-range picture to be filled by the maker of synthetic pictures, or another picture to
/// be drawn on. Writable until turned into a Frame.
class FrameBuffer {
public:
    /// The same picture, of its own colours, in this size; errors as of Scaler::toYuv420().
    static Result<FrameBuffer> copyOf(const Frame &frame, int width, int height, Scaler &scaler);
    /// Null planes when memory is out; width and height even, 2 to 8192.
    FrameBuffer(int width, int height);
    ~FrameBuffer();
    FrameBuffer(FrameBuffer &&) noexcept;
    FrameBuffer &operator=(FrameBuffer &&) noexcept;

    int width() const;
    int height() const;
    std::uint8_t *plane(int index); ///< 0 Y, 1 U, 2 V
    int stride(int index) const;

    /// Gives the pixels away; the buffer is empty afterwards.
    Frame release(MonoTime captured, microseconds pts);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
