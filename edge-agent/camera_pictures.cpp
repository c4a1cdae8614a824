// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_pictures.h"

#include "core/protocol/capture_jpeg.h"
#include "edge-agent/publish/live_routes.h"

namespace vedette::agent {
namespace {

constexpr auto kReaderName = "http.mjpg";
constexpr std::size_t kQueue = 100; // packets, 5 s at 20 frames/s

/// What the camera itself made smaller, where that is large enough; with the times of the picture that it belongs to.
media::Frame smallestFor(const media::Frame &frame, PictureSize limit)
{
    const PictureSize wanted = fitInside({frame.width, frame.height}, limit);
    if (!frame.small || frame.small->width < wanted.width || frame.small->height < wanted.height)
        return frame;
    media::Frame small = *frame.small;
    small.pts = frame.pts;
    small.capture = frame.capture;
    small.captured = frame.captured;
    return small;
}

} // namespace

CameraPictures::CameraPictures(const Clock &clock, std::function<bool()> passedThrough, const EncodeWorker &encode,
                               std::shared_ptr<media::PacketTee> tee, PictureSize limit, int quality)
    : m_clock(clock), m_passedThrough(std::move(passedThrough)), m_encode(encode), m_tee(std::move(tee)), m_limit(limit),
      m_quality(quality)
{
}

std::optional<media::Frame> CameraPictures::next(std::stop_token stop, milliseconds timeout)
{
    auto frame = m_passedThrough() ? nextDecoded(stop, timeout) : m_encode.newerThan(m_seen, stop, timeout);
    if (!frame)
        return std::nullopt;
    m_seen = frame;
    const MonoTime made = frame->captured != MonoTime{} ? frame->captured : frame->arrival;
    return m_clock.now() - made <= kStalePicture ? std::optional(smallestFor(*frame, m_limit)) : std::nullopt;
}

/// All that waits is decoded, because each picture needs those before it, and the newest is what counts.
std::optional<media::Frame> CameraPictures::nextDecoded(std::stop_token stop, milliseconds timeout)
{
    if (!m_reader)
        m_reader = m_tee->subscribe(kReaderName, kQueue, media::PacketTee::Start::CachedGroup);
    std::optional<media::Frame> newest;
    media::PacketPtr packet = m_reader->read(stop, timeout);
    // A stream that comes faster than this machine decodes it must not keep the pictures from the readers.
    for (std::size_t left = media::PacketTee::kMaxCachedPackets; packet; --left) {
        if (auto frame = decode(packet))
            newest = std::move(frame);
        packet = left == 0 || stop.stop_requested() ? nullptr : m_reader->tryRead();
    }
    return newest;
}

std::optional<media::Frame> CameraPictures::decode(const media::PacketPtr &packet)
{
    if (!m_decoder || packet->codec != m_codec) {
        auto decoder = media::Decoder::create(m_reader->info());
        if (!decoder)
            return std::nullopt;
        m_decoder = std::move(*decoder);
        m_codec = packet->codec;
    }
    auto frames = m_decoder->decode(packet);
    if (!frames || frames->empty())
        return std::nullopt;
    return std::move(frames->back());
}

Result<JpegPicture> CameraPictures::encode(const media::Frame &frame)
{
    const PictureSize size = fitInside({frame.width, frame.height}, m_limit);
    auto data = m_jpeg.encode(frame, size.width, size.height, m_quality);
    if (!data)
        return fail(data.error());
    JpegPicture picture{std::move(*data), frame.capture};
    if (picture.capture)
        protocol::insertJpegCapture(picture.data, *picture.capture);
    return picture;
}

} // namespace vedette::agent
