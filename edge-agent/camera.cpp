// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera.h"

#include "core/base/logging.h"
#include "core/base/secret.h"
#include "core/settings/setting.h"
#include "edge-agent/camera_pictures.h"
#include "edge-agent/camera_sound.h"
#include "edge-agent/camera_stages.h"
#include "edge-agent/camera_targets.h"
#include "edge-agent/capture/capture_clock.h"
#include "edge-agent/capture/capture_worker.h"
#include "edge-agent/capture/still_scene.h"
#include "edge-agent/capture/test_faults.h"
#include "edge-agent/encode/encode_worker.h"
#include "edge-agent/encode/passthrough.h"
#include "edge-agent/sub_stream.h"

#include <QTimer>

#include <algorithm>

namespace vedette::agent {
namespace {

constexpr milliseconds kSupervise{100};
constexpr milliseconds kSilence{2'000};  // without a picture: stalled
constexpr milliseconds kPatience{4'000}; // a network camera may stall on its way: a new connection costs more than waiting
constexpr int kSilentIntervals = 3;
constexpr qsizetype kMaxRuns = 8; // in the status
constexpr int kJpegQuality = 80; // no visible blocks at half the size of 95

using protocol::StageState;

enum class Way : std::uint8_t { Unknown, Encoded, PassedThrough };

} // namespace

struct Camera::Private {
    Private(const settings::CameraSettings &s, const QString &relay, const CameraEnvironment &e);
    CaptureSinks sinks();
    void superviseSource();
    void superviseEncoder();
    milliseconds silenceLimit() const;
    protocol::StreamStatus stream() const;
    std::optional<microseconds> newestAge() const;
    Result<EncodeWorker *> encoderOf(const QString &stream);
    PictureSize limit() const { return {settings.width, settings.height}; }
    SubStream::OpenPictures pictures(PictureSize inside);
    CameraRecorders::Callbacks recording();
    protocol::GapReason whyQuiet() const;
    void setFramerate(double rate);

    const settings::CameraSettings settings;
    const CameraEnvironment environment;
    const MonoTime made = environment.clock.now();
    const std::shared_ptr<media::PacketTee> tee = std::make_shared<media::PacketTee>();
    StageRecord sourceStage;
    StageRecord encoderStage;
    std::atomic<Way> way{Way::Unknown};
    std::atomic<double> framerate{0};
    Passthrough passthrough{tee};
    TestFaults faults;
    StillScene scene;
    CameraSound sound;
    SourceControls controls;
    EncodeWorker encode;
    std::unique_ptr<SubStream> sub; ///< after encode: it reads it; null: there is none
    CaptureWorker capture; ///< after encode: it feeds it
    CameraTargets targets;
    CameraRecorders recorders;
    MjpegFeed mjpeg;       ///< after encode: it reads it
    MjpegFeed subMjpeg;
    QTimer watch;
    MonoTime encoderAsked{}; ///< to start again
    MonoTime sourceQuiet{};  ///< last time that the encoder could not be expected to give a picture
};

Camera::Private::Private(const settings::CameraSettings &s, const QString &relay, const CameraEnvironment &e)
    : settings(s), environment(e), sourceStage(s.id, QStringLiteral("source"), e.clock),
      encoderStage(s.id, QStringLiteral("encoder"), e.clock), faults(e.clock), sound(s, e.clock, tee), controls(s.controls),
      encode(s, e.clock, tee, reportTo(encoderStage)),
      sub(s.sub.enabled ? std::make_unique<SubStream>(s, e.clock, pictures({s.sub.width, s.sub.height})) : nullptr),
      capture(s,
              {e.clock, [id = s.id, e](MonoTime captured, std::optional<PictureRank> rank) {
                   return e.captureClock.stamp(id, captured, e.settingsVersion, rank);
               }, &faults, nullptr, sound.sink(), &controls},
              sinks()),
      targets(s, relay, e.clock, tee, sub ? sub->tee() : nullptr),
      recorders(s, e.recording, e.clock, tee, sub ? sub->tee() : nullptr, recording()), mjpeg(s.id, e.clock, pictures(limit())),
      subMjpeg(s.id, e.clock, pictures({s.sub.width, s.sub.height}))
{
    watch.setInterval(kSupervise);
    QObject::connect(&watch, &QTimer::timeout, &watch, [this] {
        superviseSource();
        superviseEncoder();
        sound.supervise();
    });
}

SubStream::OpenPictures Camera::Private::pictures(PictureSize inside)
{
    return [this, inside] {
        return std::make_unique<CameraPictures>(environment.clock, [this] { return way == Way::PassedThrough; }, encode, tee, inside,
                                                kJpegQuality);
    };
}

/// Why no pictures come; any thread.
protocol::GapReason Camera::Private::whyQuiet() const
{
    using protocol::GapReason;
    const StageState source = sourceStage.status().state;
    if (source == StageState::Running)
        return encoderStage.status().state == StageState::Waiting ? GapReason::EncoderFailed : GapReason::SourceStalled;
    if (source == StageState::Starting)
        return GapReason::Starting;
    return capture.silence() ? GapReason::SourceStalled : GapReason::SourceLost; // open, or not
}

CameraRecorders::Callbacks Camera::Private::recording()
{
    const auto needKeyFrame = [this](const QString &stream) {
        if (const auto encoder = encoderOf(stream))
            (*encoder)->requestKeyFrame();
    };
    return {[this] { return whyQuiet(); }, needKeyFrame};
}

/// Capture thread.
void Camera::Private::setFramerate(double rate)
{
    framerate = rate;
    if (way == Way::PassedThrough)
        passthrough.setFramerate(rate);
    else
        encode.setFramerate(rate);
    if (sub)
        sub->setFramerate(rate);
}

CaptureSinks Camera::Private::sinks()
{
    CaptureSinks sinks;
    sinks.opened = [this](double rate) {
        way = Way::Encoded;
        scene.forget();
        setFramerate(rate);
    };
    sinks.framerate = [this](double rate) { setFramerate(rate); };
    sinks.frame = [this](media::Frame frame) {
        scene.look(frame);
        encode.push(std::move(frame));
    };
    sinks.streamInfo = [this](const media::StreamInfo &info) {
        way = Way::PassedThrough;
        passthrough.begin(info);
    };
    sinks.packet = [this](const media::PacketPtr &packet) { passthrough.write(packet); };
    sinks.stage = reportTo(sourceStage);
    return sinks;
}

/// By when a stall is to be seen; looking every kSupervise, it is.
milliseconds Camera::Private::silenceLimit() const
{
    milliseconds limit = kSilence;
    if (framerate > 0)
        limit = std::max(limit, milliseconds{static_cast<std::int64_t>(kSilentIntervals * 1000 / framerate)});
    return limit - 2 * kSupervise;
}

void Camera::Private::superviseSource()
{
    const auto silence = capture.silence();
    const milliseconds limit = silenceLimit();
    if (!silence || *silence <= limit)
        return;
    const bool far = settings.source == QLatin1String("url");
    QString shown = far ? redact(settings.url.reveal()) : settings.source == QLatin1String("file") ? settings.file : settings.device;
    if (settings.source == QLatin1String("rpicam")) // its device is a mere number
        shown = settings.source;
    if (shown.isEmpty())
        shown = QStringLiteral("the source");
    const QString what = capture.repeating() ? QStringLiteral("%1 repeats its last picture") : QStringLiteral("%1 gave no picture for %2 s");
    const QString reason = capture.repeating() ? what.arg(shown) : what.arg(shown).arg((limit.count() + 999) / 1000);
    const milliseconds patience = far ? std::max(kPatience, limit) : limit;
    if (*silence > patience)
        capture.interrupt(reason);
    else if (sourceStage.status().state == StageState::Running)
        capture.showStalled(reason, std::chrono::duration_cast<milliseconds>(patience - *silence));
}

/// An encoder that takes pictures and gives none. One that never returns is the watchdog's.
void Camera::Private::superviseEncoder()
{
    const MonoTime now = environment.clock.now();
    const auto captured = capture.newestAge();
    const milliseconds limit = silenceLimit();
    if (way != Way::Encoded || !captured || *captured > limit / 2 || !capture.silence())
        sourceQuiet = now;
    const media::PacketPtr last = tee->lastPacket();
    const MonoTime since = std::max({last ? last->arrival : MonoTime{}, encoderAsked, sourceQuiet});
    if (encoderStage.status().state != StageState::Running || now - since <= limit)
        return;
    encoderAsked = now;
    encode.interrupt(QStringLiteral("the encoder gave no picture for %1 s").arg((limit.count() + 999) / 1000));
}

protocol::StreamStatus Camera::Private::stream() const
{
    const media::StreamInfo info = tee->info();
    protocol::StreamStatus stream;
    stream.width = info.width;
    stream.height = info.height;
    stream.framerate = info.framerate > 0 ? info.framerate : framerate.load();
    stream.codec = QString::fromLatin1(media::toString(info.codec));
    return stream;
}

Camera::Camera(const settings::CameraSettings &settings, const QString &relayUrl, const CameraEnvironment &environment)
    : d(std::make_unique<Private>(settings, relayUrl, environment))
{
}

Camera::~Camera()
{
    stop();
}

void Camera::start()
{
    if (d->watch.isActive())
        return;
    d->recorders.start(); // they have every picture from the first on
    d->encode.start();
    d->capture.start();
    if (d->sub)
        d->sub->start();
    d->targets.start();
    d->watch.start();
}

void Camera::requestStop()
{
    d->watch.stop();
    d->capture.requestStop();
    d->encode.requestStop();
    if (d->sub)
        d->sub->requestStop();
    d->targets.requestStop();
    d->recorders.requestStop();
}

void Camera::stop()
{
    // All are asked before any is waited for: each may need its time to let go of a connection.
    requestStop();
    d->targets.stop();
    d->recorders.stop();
    d->mjpeg.stop();
    d->subMjpeg.stop();
    if (d->sub)
        d->sub->stop();
    d->capture.stop();
    d->encode.stop();
}

const QString &Camera::id() const
{
    return d->settings.id;
}

const std::shared_ptr<media::PacketTee> &Camera::tee() const
{
    return d->tee;
}

protocol::CameraStatus Camera::status() const
{
    protocol::CameraStatus status;
    status.id = d->settings.id;
    status.name = d->settings.name.isEmpty() ? d->settings.id : d->settings.name;
    status.source = d->settings.source;
    status.streams = {d->stream()};
    status.stages = {d->sourceStage.status(), d->encoderStage.status()};
    if (status.stages[0].state == StageState::Running && d->way == Way::Encoded && d->scene.unchanged())
        status.stages[0].reason = QStringLiteral("unchanged: all its pictures show the same");
    if (d->way == Way::PassedThrough) {
        const QString lacks = d->passthrough.lacks();
        status.stages[1].state = lacks.isEmpty() ? StageState::Idle : StageState::Waiting;
        status.stages[1].reason = lacks.isEmpty() ? QStringLiteral("the camera's own stream is passed through") : lacks;
        status.stages[1].nextTry.reset();
    }
    if (d->sub) {
        status.streams.append(d->sub->stream());
        status.stages.append(d->sub->stage());
    }
    status.controls = d->controls.ranges();
    status.stages += d->targets.stages();
    status.stages += d->recorders.stages();
    if (d->sound.exists())
        status.stages.append(d->sound.stage());
    status.framesCaptured = d->capture.captured();
    status.framesEncoded = d->encode.encoded() + d->passthrough.count();
    status.framesDropped = d->encode.dropped() + d->passthrough.dropped() + d->capture.repeated();
    if (const auto times = d->encode.times(); times && d->way == Way::Encoded) {
        status.captureMs = times->captureMs;
        status.encodeMs = times->encodeMs;
    }
    // Of the newest encoded picture: a wedged encoder behind a lively sensor is no live camera.
    if (const media::PacketPtr newest = d->tee->lastPacket()) {
        const auto age = std::chrono::duration_cast<milliseconds>(d->environment.clock.now() - newest->arrival);
        status.lastFrameAgeMs = std::max<std::int64_t>(0, age.count());
    }
    const auto runs = d->environment.captureClock.runs();
    for (const ClockRun &run : runs)
        status.runs.append(run.id);
    if (status.runs.size() > kMaxRuns)
        status.runs = status.runs.last(kMaxRuns);
    return status;
}

QStringList Camera::silentThreads() const
{
    const MonoTime now = d->environment.clock.now();
    QStringList silent;
    if (d->capture.pulse().silent(now))
        silent.append(QStringLiteral("capture of camera ") + id());
    if (d->encode.pulse().silent(now))
        silent.append(QStringLiteral("encoder of camera ") + id());
    if (d->sub && d->sub->silent(now))
        silent.append(QStringLiteral("sub stream of camera ") + id());
    for (const QString &target : d->targets.silent(now))
        silent.append(QStringLiteral("publisher %1 of camera %2").arg(target, id()));
    for (const QString &stream : d->recorders.silent(now))
        silent.append(QStringLiteral("recorder of camera %1, stream %2").arg(id(), stream));
    return silent;
}

Result<QJsonObject> Camera::setControls(const QJsonObject &given)
{
    if (auto changed = d->controls.change(given); !changed)
        return fail(changed.error().wrap(QStringLiteral("Camera %1").arg(id())));
    return d->controls.wanted();
}

CameraRecorders &Camera::recorders()
{
    return d->recorders;
}

Status Camera::injectFault(TestFault fault, milliseconds duration)
{
    if (d->settings.source != QLatin1String("test"))
        return fail(ErrorKind::Unsupported, QStringLiteral("Camera %1 is a real one (source %2): only source test has faults on request.").arg(id(), d->settings.source));
    d->faults.inject(fault, duration);
    return {};
}

CameraFigures Camera::figures() const
{
    CameraFigures figures;
    figures.sourceRestarts = d->capture.restarts();
    figures.encoderRestarts = d->encode.restarts();
    figures.encodeTimes = d->encode.encodeTimes();
    const media::PacketPtr newest = d->tee->lastPacket();
    figures.age = std::max(microseconds{0}, d->environment.clock.now() - (newest ? newest->arrival : d->made));
    figures.targets = d->targets.figures();
    figures.streams.append({QStringLiteral("main"), d->mjpeg.counts(), d->encode.encoded(), d->encode.restarts()});
    if (d->sub)
        figures.streams.append({QStringLiteral("sub"), d->subMjpeg.counts(), d->sub->encoder().encoded(), d->sub->encoder().restarts()});
    figures.recording = d->recorders.counts();
    if (d->sound.exists())
        figures.soundUnits = d->sound.units();
    return figures;
}

/// Of what can be shown: a stream that is passed through may lack what it is decoded by.
std::optional<microseconds> Camera::Private::newestAge() const
{
    if (way != Way::PassedThrough)
        return capture.newestAge();
    const media::PacketPtr newest = tee->lastPacket();
    return newest ? std::optional(environment.clock.now() - newest->arrival) : std::nullopt;
}

/// The encoder of a stream that is encoded here now.
Result<EncodeWorker *> Camera::Private::encoderOf(const QString &stream)
{
    if (way == Way::Unknown)
        return fail(ErrorKind::Unavailable, QStringLiteral("Camera %1 gives no pictures now.").arg(settings.id));
    if (stream == QLatin1String("sub") && sub)
        return &sub->encoder();
    if (stream != QLatin1String("main"))
        return fail(ErrorKind::NotFound, QStringLiteral("Camera %1 has no stream %2.").arg(settings.id, redact(stream.left(32))));
    if (way == Way::PassedThrough)
        return fail(ErrorKind::Unsupported, QStringLiteral("Camera %1 encodes by itself: key frames and bit rate are its own.").arg(settings.id));
    return &encode;
}

Status Camera::requestKeyFrame(const QString &stream)
{
    const auto encoder = d->encoderOf(stream);
    if (!encoder)
        return fail(encoder.error());
    (*encoder)->requestKeyFrame();
    return {};
}

Status Camera::setBitrate(const QString &stream, int kbps)
{
    const auto checked = settings::checkValue(*settings::findSetting(settings::Scope::Camera, u"bitrate_kbps"), kbps);
    if (!checked)
        return fail(checked.error());
    const auto encoder = d->encoderOf(stream);
    if (!encoder)
        return fail(encoder.error());
    (*encoder)->setBitrate(kbps);
    return {};
}

MjpegFeed::Counts Camera::mjpegCounts() const
{
    return d->mjpeg.counts();
}

Result<LiveCamera> Camera::live(const QString &stream) const
{
    const auto age = [this] { return d->newestAge(); };
    const auto reason = [this] {
        const QString why = d->sourceStage.status().reason;
        return why.isEmpty() && d->way == Way::PassedThrough ? d->passthrough.lacks() : why;
    };
    if (stream == QLatin1String("main"))
        return LiveCamera{d->tee, [this](double rate) { return d->mjpeg.subscribe(rate); }, age, reason, false};
    if (!d->sub)
        return fail(ErrorKind::NotFound, QStringLiteral("Camera %1 has no sub stream; [camera.sub] enabled = true makes one.").arg(id()));
    return LiveCamera{d->sub->tee(), [this](double rate) { return d->subMjpeg.subscribe(rate); },
                      age, reason, true};
}

} // namespace vedette::agent
