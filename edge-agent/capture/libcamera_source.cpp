// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/libcamera_source.h"

#include "core/base/logging.h"
#include "edge-agent/capture/compat.h"
#include "edge-agent/capture/libcamera_buffers.h"
#include "edge-agent/capture/libcamera_cameras.h"
#include "edge-agent/capture/libcamera_controls.h"
#include "edge-agent/capture/request_pacing.h"
#include "edge-agent/capture/sensor_time.h"

#include <QSize>

#include <libcamera/request.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcLibcamera, "vedette.libcamera")

constexpr unsigned int kBuffers = 4; // what the Raspberry Pi pipelines need not to skip frames, and one being copied

QString why(int error)
{
    return QString::fromLocal8Bit(std::strerror(error < 0 ? -error : error));
}

libcamera::Transform transformOf(const QJsonObject &controls)
{
    auto transform = controls.value(QLatin1String("rotation")).toInt() == 180 ? libcamera::Transform::Rot180 : libcamera::Transform::Identity;
    if (controls.value(QLatin1String("hflip")).toBool())
        transform = transform ^ libcamera::Transform::HFlip;
    if (controls.value(QLatin1String("vflip")).toBool())
        transform = transform ^ libcamera::Transform::VFlip;
    return transform;
}

/// The sub stream's size: inside its limits in the shape of the main picture, even.
libcamera::Size smallSize(const libcamera::Size &main, const settings::SubSettings &sub)
{
    const double scale = std::min({1.0, static_cast<double>(sub.width) / main.width, static_cast<double>(sub.height) / main.height});
    const auto even = [scale](unsigned int side) { return static_cast<unsigned int>(side * scale / 2 + 0.5) * 2; };
    return {even(main.width), even(main.height)};
}

/// One camera through libcamera. Opened, read and closed on the capture thread; libcamera's thread only queues the completed
/// requests and says that the camera has gone. At most kBuffers requests exist, so the queue is bounded.
class LibcameraSource final : public media::FrameSource {
public:
    LibcameraSource(const settings::CameraSettings &settings, const SourceContext &context)
        : m_settings(settings), m_context(context), m_pacing(microseconds{static_cast<std::int64_t>(1e6 / settings.framerate)}), m_slept(sleptTime())
    {
    }
    ~LibcameraSource() override { close(); }

    Status open();
    Result<media::Frame> read(std::stop_token stop) override;
    int width() const override { return m_size.width(); }
    int height() const override { return m_size.height(); }
    double framerate() const override { return m_settings.framerate; }

private:
    void close();
    Status configure();
    bool configureStreams(bool withSmall);
    Status allocate();
    Status start();
    void completed(libcamera::Request *request);
    void disconnected();
    Result<libcamera::Request *> wait(std::stop_token stop);
    Status queue(libcamera::Request *request);
    Status giveBack(libcamera::Request *request);
    Result<media::Frame> picture(libcamera::Request &request, MonoTime arrived);
    QString name() const;
    QJsonObject wanted() const { return m_context.controls ? m_context.controls->wanted() : m_settings.controls; }

    const settings::CameraSettings m_settings;
    const SourceContext m_context;
    RequestPacing m_pacing;
    const microseconds m_slept; ///< a source does not outlive the sleep of its machine
    QSize m_size;

    std::shared_ptr<libcamera::CameraManager> m_manager;
    std::shared_ptr<libcamera::Camera> m_camera;
    bool m_acquired = false;
    bool m_started = false;
    std::unique_ptr<libcamera::CameraConfiguration> m_config;
    std::unique_ptr<LibcameraBuffers> m_main;
    std::unique_ptr<LibcameraBuffers> m_small; ///< null: this camera does not make it
    std::vector<std::unique_ptr<libcamera::Request>> m_requests;
    std::deque<libcamera::Request *> m_held; ///< with the source until they are due
    std::size_t m_queued = 0;                ///< with the camera
    QJsonObject m_applied;                   ///< controls
    std::uint64_t m_version = 0;             ///< … of context.controls

    std::mutex m_mutex; // guards the next two
    std::deque<libcamera::Request *> m_done;
    bool m_gone = false;
    std::condition_variable_any m_arrived;
};

QString LibcameraSource::name() const
{
    const QString model = modelOf(*m_camera);
    return QStringLiteral("Camera %1").arg(model.isEmpty() ? idOf(*m_camera) : model);
}

Status LibcameraSource::open()
{
    auto manager = cameraManager();
    if (!manager)
        return fail(manager.error());
    m_manager = std::move(*manager);
    auto camera = findCamera(*m_manager, m_settings.device);
    if (!camera)
        return fail(camera.error());
    m_camera = std::move(*camera);
    if (const int error = m_camera->acquire(); error < 0)
        return fail(ErrorKind::Unavailable, error == -EBUSY ? QStringLiteral("%1 is in use by another program or another camera of this agent.").arg(name())
                                                            : QStringLiteral("%1 cannot be opened: %2.").arg(name(), why(error)));
    m_acquired = true;
    if (auto configured = configure(); !configured)
        return configured;
    if (auto allocated = allocate(); !allocated)
        return allocated;
    return start();
}

void LibcameraSource::close()
{
    if (m_context.controls)
        m_context.controls->setRanges({});
    if (m_started) {
        m_camera->stop();
        m_camera->requestCompleted.disconnect(this);
        m_camera->disconnected.disconnect(this);
    }
    m_requests.clear();
    m_small.reset();
    m_main.reset();
    if (m_acquired)
        m_camera->release();
    m_config.reset();
    m_camera.reset();
}

bool LibcameraSource::configureStreams(bool withSmall)
{
    using libcamera::StreamRole;
    m_config = withSmall ? m_camera->generateConfiguration({StreamRole::VideoRecording, StreamRole::Viewfinder})
                         : m_camera->generateConfiguration({StreamRole::VideoRecording});
    if (!m_config || m_config->size() != (withSmall ? 2U : 1U))
        return false;
    const libcamera::Size main(static_cast<unsigned int>(m_settings.width), static_cast<unsigned int>(m_settings.height));
    for (libcamera::StreamConfiguration &stream : *m_config) {
        for (const libcamera::PixelFormat &format : stream.formats().pixelformats()) {
            if (isPictureFormat(format) && !isPictureFormat(stream.pixelFormat))
                stream.pixelFormat = format;
        }
        stream.bufferCount = kBuffers;
        stream.colorSpace = libcamera::ColorSpace::Rec709;
        stream.size = main;
    }
    const libcamera::Size small = smallSize(main, m_settings.sub);
    if (withSmall)
        m_config->at(1).size = small;
    compat::setTransform(*m_config, transformOf(m_settings.controls));
    if (m_config->validate() == libcamera::CameraConfiguration::Invalid)
        return false;
    for (const libcamera::StreamConfiguration &stream : *m_config) {
        if (!isPictureFormat(stream.pixelFormat))
            return false;
    }
    return !withSmall || (m_config->at(0).size == main && m_config->at(1).size == small);
}

Status LibcameraSource::configure()
{
    const bool withSmall = m_settings.sub.enabled && configureStreams(true);
    if (!withSmall && !configureStreams(false))
        return fail(ErrorKind::Unsupported, QStringLiteral("%1 gives no YUV420 or NV12 pictures by libcamera; a USB camera is for source v4l2.").arg(name()));
    if (const int error = m_camera->configure(m_config.get()); error < 0)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 cannot be set up for %2 × %3: %4.")
                                                .arg(name()).arg(m_settings.width).arg(m_settings.height).arg(why(error)));
    const libcamera::StreamConfiguration &main = m_config->at(0);
    m_size = QSize(static_cast<int>(main.size.width), static_cast<int>(main.size.height));
    if (m_size.width() % 2 != 0 || m_size.height() % 2 != 0)
        return fail(ErrorKind::Unsupported, QStringLiteral("%1 gives pictures of %2 × %3, and both must be even.").arg(name()).arg(m_size.width()).arg(m_size.height()));
    if (m_size != QSize(m_settings.width, m_settings.height))
        qCInfo(lcLibcamera).noquote() << "camera" << m_settings.id << "gives" << m_size.width() << "x" << m_size.height() << "instead of the size asked for";
    if (!compat::hasTransform(*m_config, transformOf(m_settings.controls)))
        qCWarning(lcLibcamera).noquote() << "camera" << m_settings.id << "cannot turn or mirror its picture";
    return {};
}

Status LibcameraSource::allocate()
{
    const auto make = [this](std::size_t index, std::unique_ptr<LibcameraBuffers> &out) -> Status {
        auto buffers = LibcameraBuffers::make(m_camera, m_config->at(static_cast<unsigned int>(index)));
        if (!buffers)
            return fail(buffers.error());
        out = std::move(*buffers);
        return {};
    };
    if (auto made = make(0, m_main); !made)
        return made;
    if (m_config->size() > 1) {
        if (auto made = make(1, m_small); !made)
            return made;
    }
    for (std::size_t i = 0; i < m_main->count() && (!m_small || i < m_small->count()); ++i) {
        auto request = m_camera->createRequest();
        if (!request || request->addBuffer(m_main->stream(), m_main->at(i)) < 0 || (m_small && request->addBuffer(m_small->stream(), m_small->at(i)) < 0))
            return fail(ErrorKind::Unavailable, QStringLiteral("%1 takes no requests.").arg(name()));
        m_requests.push_back(std::move(request));
    }
    return {};
}

Status LibcameraSource::start()
{
    const auto refused = [this](const QString &sentence) { qCWarning(lcLibcamera).noquote() << "camera" << m_settings.id << "ignores" << sentence; };
    libcamera::ControlList controls(m_camera->controls());
    if (m_context.controls)
        m_version = m_context.controls->version();
    m_applied = wanted();
    for (const char *key : {"rotation", "hflip", "vflip"})
        m_applied.remove(QLatin1String(key));
    fillControls(controls, m_camera->controls(), m_applied, {}, refused);
    setInterval(controls, m_camera->controls(), m_settings.framerate);
    m_camera->requestCompleted.connect(this, &LibcameraSource::completed);
    m_camera->disconnected.connect(this, &LibcameraSource::disconnected);
    m_started = true;
    if (const int error = m_camera->start(&controls); error < 0)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 does not start: %2.").arg(name(), why(error)));
    for (const auto &request : m_requests) {
        if (auto queued = queue(request.get()); !queued)
            return queued;
    }
    if (m_context.controls)
        m_context.controls->setRanges(controlRanges(m_camera->controls()));
    return {};
}

/// libcamera's thread.
void LibcameraSource::completed(libcamera::Request *request)
{
    {
        std::lock_guard lock(m_mutex);
        m_done.push_back(request);
    }
    m_arrived.notify_one();
}

/// libcamera's thread.
void LibcameraSource::disconnected()
{
    {
        std::lock_guard lock(m_mutex);
        m_gone = true;
    }
    m_arrived.notify_one();
}

Status LibcameraSource::queue(libcamera::Request *request)
{
    if (m_context.controls && m_context.controls->version() != m_version) {
        m_version = m_context.controls->version();
        QJsonObject now = wanted();
        for (const char *key : {"rotation", "hflip", "vflip"})
            now.remove(QLatin1String(key));
        fillControls(request->controls(), m_camera->controls(), now, m_applied,
                     [this](const QString &sentence) { qCWarning(lcLibcamera).noquote() << "camera" << m_settings.id << "ignores" << sentence; });
        m_applied = now;
    }
    if (const int error = m_camera->queueRequest(request); error < 0)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 takes no more requests: %2.").arg(name(), why(error)));
    ++m_queued;
    return {};
}

/// To the camera at once, or later where the camera has no pace of its own.
Status LibcameraSource::giveBack(libcamera::Request *request)
{
    request->reuse(libcamera::Request::ReuseBuffers);
    m_held.push_back(request);
    while (!m_pacing.holds() && !m_held.empty()) {
        if (auto queued = queue(m_held.front()); !queued)
            return queued;
        m_held.pop_front();
    }
    return {};
}

/// The next completed request; hands the camera one that is due meanwhile.
Result<libcamera::Request *> LibcameraSource::wait(std::stop_token stop)
{
    constexpr milliseconds kLook{100};
    for (;;) {
        microseconds pause = kLook;
        if (m_queued == 0 && !m_held.empty()) {
            pause = m_pacing.due() - m_context.clock.now();
            if (pause <= microseconds{0}) {
                if (auto queued = queue(m_held.front()); !queued)
                    return fail(queued.error());
                m_held.pop_front();
                continue;
            }
        }
        std::unique_lock lock(m_mutex);
        m_arrived.wait_for(lock, stop, pause, [this] { return m_gone || !m_done.empty(); });
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, QStringLiteral("The camera was stopped."));
        if (m_gone)
            return fail(ErrorKind::Unavailable, QStringLiteral("%1 was unplugged.").arg(name()));
        if (m_done.empty())
            continue;
        libcamera::Request *request = m_done.front();
        m_done.pop_front();
        --m_queued;
        return request;
    }
}

Result<media::Frame> LibcameraSource::picture(libcamera::Request &request, MonoTime arrived)
{
    const libcamera::FrameBuffer *buffer = request.findBuffer(m_main->stream());
    const auto stamp = request.metadata().get(libcamera::controls::SensorTimestamp);
    const MonoTime captured = sensorTime(stamp ? *stamp : static_cast<std::int64_t>(buffer->metadata().timestamp), arrived, m_slept);
    auto frame = m_main->copy(buffer, captured);
    if (!frame)
        return frame;
    frame->capture = m_context.stamp(captured, std::nullopt);
    if (m_small) {
        auto small = m_small->copy(request.findBuffer(m_small->stream()), captured);
        if (!small)
            return small;
        frame->small = std::make_shared<const media::Frame>(std::move(*small));
    }
    return frame;
}

Result<media::Frame> LibcameraSource::read(std::stop_token stop)
{
    for (;;) {
        const auto request = wait(stop);
        if (!request)
            return fail(request.error());
        const MonoTime arrived = m_context.clock.now();
        if ((*request)->status() != libcamera::Request::RequestComplete)
            return fail(ErrorKind::Unavailable, QStringLiteral("%1 stopped giving pictures.").arg(name()));
        const bool good = (*request)->findBuffer(m_main->stream())->metadata().status != libcamera::FrameMetadata::FrameError;
        std::optional<Result<media::Frame>> frame;
        if (good && m_pacing.take(arrived))
            frame = picture(**request, arrived);
        if (auto back = giveBack(*request); !back)
            return fail(back.error());
        if (frame)
            return std::move(*frame);
    }
}

} // namespace

Result<std::unique_ptr<media::FrameSource>> openLibcamera(const settings::CameraSettings &settings, const SourceContext &context)
{
    auto source = std::make_unique<LibcameraSource>(settings, context);
    if (auto opened = source->open(); !opened)
        return fail(opened.error());
    return source;
}

} // namespace vedette::agent
