// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/v4l2_source.h"

#include "core/base/logging.h"
#include "core/media/packed_frame.h"
#include "edge-agent/capture/decoded_source.h"
#include "edge-agent/capture/parameter_sets.h"

#include <linux/videodev2.h>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcV4l2, "vedette.v4l2")

/// H.264 and MJPEG: one buffer is one access unit (UVC H.264 1.5, 3.3; V4L2_PIX_FMT_H264 "with start codes").
class V4l2PacketSource final : public media::PacketSource {
public:
    V4l2PacketSource(std::unique_ptr<V4l2Stream> stream, const SourceContext &context) : m_stream(std::move(stream)), m_context(context)
    {
        const V4l2Format &format = m_stream->format();
        m_info.codec = format.format == V4L2_PIX_FMT_H264 ? media::Codec::H264 : media::Codec::Mjpeg;
        m_info.width = format.width;
        m_info.height = format.height;
        m_info.framerate = format.framerate;
    }

    const media::StreamInfo &info() const override { return m_info; }

    Result<media::PacketPtr> read(std::stop_token stop) override
    {
        for (;;) {
            const auto picture = m_stream->next(stop);
            if (!picture)
                return fail(picture.error());
            auto packet = std::make_shared<media::Packet>();
            packet->codec = m_info.codec;
            packet->key = m_info.codec == media::Codec::Mjpeg || media::containsKeyFrame(m_info.codec, picture->bytes);
            if (m_info.codec == media::Codec::H264 && !learnParameterSets(m_info, packet->key, picture->bytes))
                continue;
            packet->data.assign(picture->bytes.begin(), picture->bytes.end());
            packet->pts = packet->dts = microseconds{toMicros(picture->captured)};
            packet->arrival = m_context.clock.now();
            packet->capture = m_context.stamp(picture->captured, std::nullopt);
            return packet;
        }
    }

private:
    const std::unique_ptr<V4l2Stream> m_stream;
    const SourceContext m_context;
    media::StreamInfo m_info;
};

/// YUYV.
class V4l2FrameSource final : public media::FrameSource {
public:
    V4l2FrameSource(std::unique_ptr<V4l2Stream> stream, const SourceContext &context) : m_stream(std::move(stream)), m_context(context) {}

    int width() const override { return m_stream->format().width; }
    int height() const override { return m_stream->format().height; }
    double framerate() const override { return m_stream->format().framerate; }

    Result<media::Frame> read(std::stop_token stop) override
    {
        const auto picture = m_stream->next(stop);
        if (!picture)
            return fail(picture.error());
        const V4l2Format &format = m_stream->format();
        media::Frame frame = media::makeYuyvFrame(picture->bytes, {format.width, format.height, format.stride, format.bt709, format.fullRange});
        if (frame.isNull())
            return fail(ErrorKind::Internal, QStringLiteral("no memory for a picture of %1x%2").arg(format.width).arg(format.height));
        frame.captured = picture->captured;
        frame.pts = microseconds{toMicros(picture->captured)};
        frame.capture = m_context.stamp(picture->captured, std::nullopt);
        return frame;
    }

private:
    const std::unique_ptr<V4l2Stream> m_stream;
    const SourceContext m_context;
};

struct Found {
    std::unique_ptr<V4l2Device> device;
    V4l2Camera camera;
    std::uint32_t format = 0;
};

Result<Found> find(V4l2System &system, const QString &path, const settings::CameraSettings &settings)
{
    auto device = system.open(path);
    if (!device)
        return fail(v4l2Error(device.error(), path, QStringLiteral("opened")));
    auto camera = describeV4l2(**device, path);
    if (!camera)
        return fail(camera.error());
    const auto format = chooseV4l2Format(*camera, settings.width, settings.height, settings.framerate);
    if (!format)
        return fail(format.error());
    return Found{std::move(*device), std::move(*camera), *format};
}

/// The first that can be used; else why the first cannot.
Result<Found> findAny(V4l2System &system, const settings::CameraSettings &settings)
{
    std::optional<Error> first;
    for (const QString &path : system.paths()) {
        auto found = find(system, path, settings);
        if (found)
            return found;
        if (!first || (first->kind == ErrorKind::Unsupported && found.error().kind != ErrorKind::Unsupported))
            first = found.error();
    }
    return fail(first ? *first : Error{ErrorKind::NotFound, QStringLiteral("There is no /dev/video device: no camera is plugged in"), nullptr});
}

} // namespace

Result<OpenSource> openV4l2(const settings::CameraSettings &settings, const SourceContext &context, V4l2System &system,
                            const std::stop_token &stop)
{
    auto found = settings.device.isEmpty() ? findAny(system, settings) : find(system, settings.device, settings);
    if (!found)
        return fail(found.error());
    V4l2Format wanted;
    wanted.format = found->format;
    wanted.width = settings.width;
    wanted.height = settings.height;
    wanted.framerate = settings.framerate;
    wanted.bitrateKbps = settings.bitrateKbps;
    wanted.keyFrameSeconds = settings.keyFrameSeconds;
    auto stream = V4l2Stream::open(std::move(found->device), found->camera.path, wanted, context.clock, stop);
    if (!stream)
        return fail(stream.error());
    qCInfo(lcV4l2).noquote() << QStringLiteral("%1 (%2) gives %3 %4x%5").arg(found->camera.path, found->camera.name, v4l2FormatName(wanted.format))
                                    .arg((*stream)->format().width).arg((*stream)->format().height);
    OpenSource source;
    if (wanted.format == V4L2_PIX_FMT_YUYV) {
        source.frames = std::make_unique<V4l2FrameSource>(std::move(*stream), context);
        return source;
    }
    auto packets = std::make_unique<V4l2PacketSource>(std::move(*stream), context);
    if (wanted.format == V4L2_PIX_FMT_H264) {
        source.packets = std::move(packets);
        return source;
    }
    auto decoded = DecodedSource::create(std::move(packets));
    if (!decoded)
        return fail(decoded.error().wrap(QStringLiteral("%1 cannot be decoded").arg(found->camera.path)));
    source.frames = std::move(*decoded);
    return source;
}

} // namespace vedette::agent
