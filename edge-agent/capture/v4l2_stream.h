// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "edge-agent/capture/v4l2_camera.h"

#include <optional>
#include <vector>

struct v4l2_buffer; // <linux/videodev2.h>

namespace vedette::agent {

/// What a V4L2 camera was asked for and, once it runs, what it gives.
struct V4l2Format {
    std::uint32_t format = 0;     ///< V4L2_PIX_FMT_…
    int width = 0;                ///< pixels
    int height = 0;
    int stride = 0;               ///< bytes of a row; 0 for compressed formats
    double framerate = 0;         ///< frames/s; 0: not said
    bool bt709 = false;           ///< of YUYV: else BT.601
    bool fullRange = false;
    int bitrateKbps = 0;          ///< of H.264, as everything below: taken where the camera has the control
    double keyFrameSeconds = 0;
};

/// A running V4L2 camera: streaming I/O with kBuffers mapped buffers. Used by the capture thread; a failed next() ends it.
class V4l2Stream {
public:
    static constexpr std::uint32_t kBuffers = 4;          ///< one is filled, one waits, one is read, one to spare
    static constexpr milliseconds kFirstPicture{5'000};   ///< webcams take up to 2 s to start
    static constexpr milliseconds kSilence{10'000};       ///< longer than supervision waits
    static constexpr milliseconds kOldest{5'000};         ///< an older time stamp is none

    /// wanted: the device takes what is nearest; see format(). Starts the camera and waits for its first picture.
    static Result<std::unique_ptr<V4l2Stream>> open(std::unique_ptr<V4l2Device> device, const QString &path, const V4l2Format &wanted,
                                                    const Clock &clock, const std::stop_token &stop);
    ~V4l2Stream();

    const V4l2Format &format() const { return m_format; }

    struct Picture {
        std::span<const std::uint8_t> bytes;              ///< until the next call
        MonoTime captured{};                              ///< the driver's where it can be true; rises
    };
    /// Damaged and repeated pictures are left out and counted.
    Result<Picture> next(const std::stop_token &stop);
    std::uint64_t damaged() const { return m_damaged; }

private:
    V4l2Stream(std::unique_ptr<V4l2Device> device, const QString &path, const Clock &clock) : m_device(std::move(device)), m_path(path), m_clock(clock) {}
    Status setFormat(const V4l2Format &wanted);
    void setRate(double framerate);
    void setEncoder(const V4l2Format &wanted);
    Status mapBuffers();
    Status start(const std::stop_token &stop);
    Status giveBack();
    Result<std::optional<Picture>> take();
    std::optional<MonoTime> capturedAt(const v4l2_buffer &buffer);

    const std::unique_ptr<V4l2Device> m_device;
    const QString m_path;
    const Clock &m_clock;
    V4l2Format m_format;
    std::vector<std::span<const std::uint8_t>> m_buffers;
    std::optional<std::uint32_t> m_held;                  ///< the buffer that is read now
    std::optional<std::uint32_t> m_sequence;              ///< of the newest picture
    MonoTime m_stamp{};                                   ///< the driver's newest
    MonoTime m_last{};                                    ///< what was given out last
    int m_failures = 0;                                   ///< in a row
    std::uint64_t m_damaged = 0;
};

} // namespace vedette::agent
