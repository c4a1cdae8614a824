// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/v4l2_stream.h"

#include "core/base/logging.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcV4l2, "vedette.v4l2")

constexpr int kMostFailures = 100; // of taking a buffer, in a row: the driver is broken

bool isCompressed(std::uint32_t format)
{
    return format != V4L2_PIX_FMT_YUYV;
}

} // namespace

Result<std::unique_ptr<V4l2Stream>> V4l2Stream::open(std::unique_ptr<V4l2Device> device, const QString &path, const V4l2Format &wanted,
                                                     const Clock &clock, const std::stop_token &stop)
{
    std::unique_ptr<V4l2Stream> stream(new V4l2Stream(std::move(device), path, clock));
    if (const auto done = stream->setFormat(wanted); !done)
        return fail(done.error());
    stream->setRate(wanted.framerate);
    if (wanted.format == V4L2_PIX_FMT_H264)
        stream->setEncoder(wanted);
    if (const auto done = stream->mapBuffers(); !done)
        return fail(done.error());
    if (const auto done = stream->start(stop); !done)
        return fail(done.error());
    return stream;
}

V4l2Stream::~V4l2Stream()
{
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    (void)m_device->control(VIDIOC_STREAMOFF, &type);
}

Status V4l2Stream::setFormat(const V4l2Format &wanted)
{
    v4l2_format format{};
    format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    format.fmt.pix.width = static_cast<std::uint32_t>(wanted.width);
    format.fmt.pix.height = static_cast<std::uint32_t>(wanted.height);
    format.fmt.pix.pixelformat = wanted.format;
    format.fmt.pix.field = V4L2_FIELD_ANY;
    if (const int code = m_device->control(VIDIOC_S_FMT, &format); code != 0)
        return fail(v4l2Error(code, m_path, QStringLiteral("set up")));
    const v4l2_pix_format &given = format.fmt.pix;
    if (given.pixelformat != wanted.format)
        return fail(ErrorKind::Unsupported, QStringLiteral("%1 gives %2 where it announced %3")
                                                .arg(m_path, v4l2FormatName(given.pixelformat), v4l2FormatName(wanted.format)));
    constexpr std::uint32_t kMostSide = 8192;
    if (given.width < 2 || given.height < 2 || given.width > kMostSide || given.height > kMostSide)
        return fail(ErrorKind::Corrupt, QStringLiteral("%1 announces the impossible picture size %2x%3").arg(m_path).arg(given.width).arg(given.height));
    m_format.format = given.pixelformat;
    m_format.width = static_cast<int>(given.width);
    m_format.height = static_cast<int>(given.height);
    m_format.stride = isCompressed(given.pixelformat) ? 0 : static_cast<int>(std::max(given.bytesperline, 2 * given.width));
    std::uint32_t encoding = given.ycbcr_enc;
    if (encoding == V4L2_YCBCR_ENC_DEFAULT)
        encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(given.colorspace);
    m_format.bt709 = encoding == V4L2_YCBCR_ENC_709 || encoding == V4L2_YCBCR_ENC_XV709;
    std::uint32_t range = given.quantization;
    if (range == V4L2_QUANTIZATION_DEFAULT)
        range = V4L2_MAP_QUANTIZATION_DEFAULT(false, given.colorspace, encoding);
    m_format.fullRange = range == V4L2_QUANTIZATION_FULL_RANGE;
    if (m_format.width != wanted.width || m_format.height != wanted.height)
        qCInfo(lcV4l2).noquote() << QStringLiteral("%1 gives %2x%3, the nearest that it has to %4x%5")
                                        .arg(m_path).arg(m_format.width).arg(m_format.height).arg(wanted.width).arg(wanted.height);
    return {};
}

/// Not every driver lets its rate be chosen; it need not even tell it.
void V4l2Stream::setRate(double framerate)
{
    v4l2_streamparm parameters{};
    parameters.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    parameters.parm.capture.timeperframe = {1000, static_cast<std::uint32_t>(std::lround(framerate * 1000))};
    if (m_device->control(VIDIOC_S_PARM, &parameters) != 0 && m_device->control(VIDIOC_G_PARM, &parameters) != 0)
        return;
    const v4l2_fract period = parameters.parm.capture.timeperframe;
    if (period.numerator == 0 || period.denominator == 0)
        return;
    m_format.framerate = static_cast<double>(period.denominator) / period.numerator;
    constexpr double kDiffers = 0.5;
    if (std::abs(m_format.framerate - framerate) > kDiffers)
        qCInfo(lcV4l2).noquote() << QStringLiteral("%1 gives %2 frames/s, the nearest that it has to %3").arg(m_path).arg(m_format.framerate).arg(framerate);
}

/// Webcams that encode have some of these controls or none.
void V4l2Stream::setEncoder(const V4l2Format &wanted)
{
    const double rate = m_format.framerate > 0 ? m_format.framerate : wanted.framerate;
    const auto set = [this](std::uint32_t id, double value) {
        v4l2_control control{id, static_cast<std::int32_t>(std::lround(value))};
        (void)m_device->control(VIDIOC_S_CTRL, &control);
    };
    set(V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 1);
    set(V4L2_CID_MPEG_VIDEO_BITRATE, wanted.bitrateKbps * 1000.0);
    set(V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, std::max(1.0, rate * wanted.keyFrameSeconds));
}

Status V4l2Stream::mapBuffers()
{
    v4l2_requestbuffers request{};
    request.count = kBuffers;
    request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    request.memory = V4L2_MEMORY_MMAP;
    if (const int code = m_device->control(VIDIOC_REQBUFS, &request); code != 0)
        return fail(v4l2Error(code, m_path, QStringLiteral("set up")));
    if (request.count < 2)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 has no memory for pictures").arg(m_path));
    for (std::uint32_t i = 0; i < request.count; ++i) {
        v4l2_buffer buffer{};
        buffer.index = i;
        buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        buffer.memory = V4L2_MEMORY_MMAP;
        if (const int code = m_device->control(VIDIOC_QUERYBUF, &buffer); code != 0)
            return fail(v4l2Error(code, m_path, QStringLiteral("set up")));
        m_buffers.push_back(m_device->map(buffer.m.offset, buffer.length));
        if (m_buffers.back().empty())
            return fail(ErrorKind::Unavailable, QStringLiteral("%1 does not share its memory for pictures").arg(m_path));
        m_held = i;
        if (const auto given = giveBack(); !given)
            return given;
    }
    return {};
}

Status V4l2Stream::start(const std::stop_token &stop)
{
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (const int code = m_device->control(VIDIOC_STREAMON, &type); code != 0)
        return fail(v4l2Error(code, m_path, QStringLiteral("started")));
    switch (m_device->wait(kFirstPicture, stop)) {
    case FileWaiter::Outcome::Ready: return {};
    case FileWaiter::Outcome::Stopped: return fail(ErrorKind::Cancelled, QStringLiteral("%1 was stopped").arg(m_path));
    case FileWaiter::Outcome::TimedOut: break;
    }
    return fail(ErrorKind::Timeout, QStringLiteral("%1 was started and gave no picture for %2 s").arg(m_path).arg(kFirstPicture.count() / 1000));
}

Status V4l2Stream::giveBack()
{
    if (!m_held)
        return {};
    v4l2_buffer buffer{};
    buffer.index = *m_held;
    buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    buffer.memory = V4L2_MEMORY_MMAP;
    m_held.reset();
    if (const int code = m_device->control(VIDIOC_QBUF, &buffer); code != 0)
        return fail(v4l2Error(code, m_path, QStringLiteral("read")));
    return {};
}

/// By the driver where its clock is ours and its time can be true, else by the arrival; empty for a picture given again.
std::optional<MonoTime> V4l2Stream::capturedAt(const v4l2_buffer &buffer)
{
    const MonoTime now = m_clock.now();
    const MonoTime stamp = monoFromMicros(std::int64_t{buffer.timestamp.tv_sec} * 1'000'000 + buffer.timestamp.tv_usec);
    if (m_sequence == buffer.sequence && stamp == m_stamp && buffer.sequence != 0)
        return std::nullopt;
    m_sequence = buffer.sequence;
    m_stamp = stamp;
    const bool ours = (buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    const bool possible = ours && stamp <= now && now - stamp < kOldest && stamp > m_last;
    m_last = std::max(possible ? stamp : now, m_last + microseconds{1});
    return m_last;
}

/// Empty when there is none after all, or none that can be used.
Result<std::optional<V4l2Stream::Picture>> V4l2Stream::take()
{
    v4l2_buffer buffer{};
    buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    buffer.memory = V4L2_MEMORY_MMAP;
    const int code = m_device->control(VIDIOC_DQBUF, &buffer);
    if ((code == EAGAIN || code == EIO) && ++m_failures < kMostFailures)
        return std::optional<Picture>{};
    if (code != 0)
        return fail(v4l2Error(code, m_path, QStringLiteral("read")));
    m_failures = 0;
    if (buffer.index >= m_buffers.size())
        return fail(ErrorKind::Corrupt, QStringLiteral("%1 gives a picture buffer that it has not").arg(m_path));
    m_held = buffer.index;
    const std::size_t least = isCompressed(m_format.format)
        ? 1
        : static_cast<std::size_t>(m_format.stride) * static_cast<std::size_t>(m_format.height - 1) + 2 * static_cast<std::size_t>(m_format.width);
    const auto whole = m_buffers[buffer.index];
    const bool damaged = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0 || buffer.bytesused < least || buffer.bytesused > whole.size();
    const auto captured = damaged ? std::nullopt : capturedAt(buffer);
    if (!captured) {
        ++m_damaged;
        return std::optional<Picture>{};
    }
    return std::optional<Picture>{Picture{whole.first(buffer.bytesused), *captured}};
}

Result<V4l2Stream::Picture> V4l2Stream::next(const std::stop_token &stop)
{
    for (;;) {
        if (const auto given = giveBack(); !given)
            return fail(given.error());
        switch (m_device->wait(kSilence, stop)) {
        case FileWaiter::Outcome::Ready: break;
        case FileWaiter::Outcome::Stopped: return fail(ErrorKind::Cancelled, QStringLiteral("%1 was stopped").arg(m_path));
        case FileWaiter::Outcome::TimedOut:
            return fail(ErrorKind::Timeout, QStringLiteral("%1 gave no picture for %2 s").arg(m_path).arg(kSilence.count() / 1000));
        }
        auto picture = take();
        if (!picture)
            return fail(picture.error());
        if (*picture)
            return **picture;
    }
}

} // namespace vedette::agent
