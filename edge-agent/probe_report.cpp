// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/probe_report.h"

#include <QJsonArray>
#include <QRegularExpression>

#include <algorithm>

namespace vedette::agent {
namespace {

constexpr int kNameColumn = 16;

/// The encoders that the agent uses.
bool isUsed(const QString &encoder)
{
    return encoder == QLatin1String("libx264") || encoder == QLatin1String("h264_v4l2m2m");
}

QString line(const QString &name, const QString &text)
{
    return QStringLiteral("  ") + name.leftJustified(kNameColumn) + u' ' + text + u'\n';
}

QString number(double value)
{
    return QString::number(value, 'g', 4);
}

QString modeText(const V4l2Mode &mode)
{
    QString text = mode.width > 0 ? QStringLiteral("%1x%2").arg(mode.width).arg(mode.height) : QStringLiteral("sizes not said");
    if (mode.upTo)
        text.prepend(QStringLiteral("up to "));
    if (mode.framerate > 0)
        text += QStringLiteral(" at %1/s").arg(number(mode.framerate));
    return text;
}

QString controlText(const V4l2Control &control)
{
    if (control.choices.isEmpty())
        return QStringLiteral("%1 %2 to %3 (now %4)").arg(control.name).arg(control.minimum).arg(control.maximum).arg(control.value);
    QStringList choices = control.choices;
    choices.removeAll(QString());
    return QStringLiteral("%1 %2 (now %3)").arg(control.name, choices.join(QStringLiteral(" | ")),
                                                control.choices.value(static_cast<qsizetype>(control.value - control.minimum)));
}

QString sizesText(const CameraMode &mode)
{
    QStringList sizes;
    for (const QSize &size : mode.sizes)
        sizes.append(QStringLiteral("%1x%2").arg(size.width()).arg(size.height()));
    return sizes.join(mode.anySize ? QStringLiteral(" to ") : QStringLiteral(", "));
}

QString rangeText(const protocol::ControlRange &range)
{
    if (!range.words.isEmpty())
        return range.key + u' ' + range.words.join(QStringLiteral(" | "));
    if (range.minimum == range.maximum)
        return range.key;
    return QStringLiteral("%1 %2 to %3").arg(range.key, number(range.minimum), number(range.maximum));
}

QString details(const LocalCamera &camera)
{
    QString text;
    for (const CameraMode &mode : camera.modes)
        text += line({}, mode.format + QStringLiteral(": ") + sizesText(mode));
    for (const protocol::ControlRange &range : camera.controls)
        text += line({}, rangeText(range));
    return text;
}

/// One line a format, one a control.
QString details(const V4l2Camera &camera)
{
    QString text;
    QList<std::uint32_t> formats;
    for (const V4l2Mode &mode : camera.modes) {
        if (!formats.contains(mode.format))
            formats.append(mode.format);
    }
    for (const std::uint32_t format : formats) {
        QStringList modes;
        for (const V4l2Mode &mode : camera.modes) {
            if (mode.format == format)
                modes.append(modeText(mode));
        }
        text += line({}, v4l2FormatName(format) + QStringLiteral(": ") + modes.join(QStringLiteral(", ")));
    }
    for (const V4l2Control &control : camera.controls)
        text += line({}, controlText(control));
    return text;
}

/// The reason without the path, which stands before it.
QString withoutPath(const ProbeReport::V4l2 &device)
{
    const QString text = device.error->text();
    return text.startsWith(device.camera.path + u' ') ? text.mid(device.camera.path.size() + 1) : text;
}

QString clockText(const ProbeReport::ClockState &clock)
{
    if (clock.synchronized)
        return QStringLiteral("synchronised, within %1 ms").arg(number(static_cast<double>(clock.uncertainty.count()) / 1000));
    if (clock.batteryClock || clock.hypervisor)
        return QStringLiteral("not synchronised; kept by %1").arg(clock.batteryClock ? QStringLiteral("a battery clock") : QStringLiteral("the virtual machine"));
    return QStringLiteral("not synchronised: capture times are unknown until it is");
}

QJsonObject toJson(const V4l2Mode &mode)
{
    QJsonObject out{{QStringLiteral("format"), v4l2FormatName(mode.format)}, {QStringLiteral("width"), mode.width}, {QStringLiteral("height"), mode.height}};
    if (mode.upTo)
        out.insert(QStringLiteral("up_to"), true);
    if (mode.framerate > 0)
        out.insert(QStringLiteral("framerate"), mode.framerate);
    return out;
}

QJsonObject toJson(const V4l2Control &control)
{
    QJsonObject out{{QStringLiteral("id"), static_cast<qint64>(control.id)},      {QStringLiteral("name"), control.name},
                    {QStringLiteral("minimum"), qint64{control.minimum}},         {QStringLiteral("maximum"), qint64{control.maximum}},
                    {QStringLiteral("step"), qint64{control.step}},               {QStringLiteral("default"), qint64{control.standard}},
                    {QStringLiteral("value"), qint64{control.value}}};
    if (!control.choices.isEmpty())
        out.insert(QStringLiteral("choices"), QJsonArray::fromStringList(control.choices));
    return out;
}

QJsonObject toJson(const CameraMode &mode)
{
    QJsonArray sizes;
    for (const QSize &size : mode.sizes)
        sizes.append(QJsonObject{{QStringLiteral("width"), size.width()}, {QStringLiteral("height"), size.height()}});
    QJsonObject out{{QStringLiteral("format"), mode.format}, {QStringLiteral("sizes"), sizes}};
    if (mode.anySize)
        out.insert(QStringLiteral("any_size"), true);
    return out;
}

QJsonObject toJson(const LocalCamera &camera);

QJsonObject toJson(const ProbeReport::RpicamCamera &camera)
{
    return {{QStringLiteral("number"), camera.number}, {QStringLiteral("model"), camera.model}, {QStringLiteral("id"), camera.id},
            {QStringLiteral("detail"), camera.detail}};
}

QJsonObject toJson(const ProbeReport::Encoder &encoder)
{
    QJsonObject out{{QStringLiteral("name"), encoder.name}, {QStringLiteral("works"), encoder.reason.isEmpty()}};
    if (!encoder.reason.isEmpty())
        out.insert(QStringLiteral("reason"), encoder.reason);
    return out;
}

QJsonObject toJson(const ProbeReport::V4l2 &device);

template <typename T>
QJsonArray toArray(const QList<T> &list)
{
    QJsonArray out;
    for (const T &each : list)
        out.append(toJson(each));
    return out;
}

QJsonObject toJson(const LocalCamera &camera)
{
    return {{QStringLiteral("id"), camera.id}, {QStringLiteral("model"), camera.model}, {QStringLiteral("modes"), toArray(camera.modes)},
            {QStringLiteral("controls"), protocol::toJson(camera.controls)}};
}

QJsonObject toJson(const ProbeReport::V4l2 &device)
{
    QJsonObject out{{QStringLiteral("path"), device.camera.path}, {QStringLiteral("usable"), device.usable}};
    if (device.error)
        out.insert(QStringLiteral("reason"), device.error->text());
    if (device.camera.name.isEmpty())
        return out;
    out.insert(QStringLiteral("name"), device.camera.name);
    out.insert(QStringLiteral("driver"), device.camera.driver);
    out.insert(QStringLiteral("bus"), device.camera.bus);
    out.insert(QStringLiteral("modes"), toArray(device.camera.modes));
    out.insert(QStringLiteral("controls"), toArray(device.camera.controls));
    return out;
}

} // namespace

QList<ProbeReport::RpicamCamera> parseRpicamList(const QString &text)
{
    // "0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)"
    static const QRegularExpression camera(QStringLiteral("^(\\d{1,3}) : (\\S+) \\[([^\\]]*)\\] \\(([^)]*)\\)"), QRegularExpression::MultilineOption);
    QList<ProbeReport::RpicamCamera> cameras;
    for (auto match = camera.globalMatch(text); match.hasNext();) {
        const auto found = match.next();
        cameras.append({found.captured(1).toInt(), found.captured(2), found.captured(4), found.captured(3)});
    }
    return cameras;
}

bool ProbeReport::usable() const
{
    const bool camera = !libcamera.cameras.isEmpty() || !rpicam.cameras.isEmpty() || std::any_of(v4l2.begin(), v4l2.end(), [](const V4l2 &each) { return each.usable; });
    return camera && std::any_of(encoders.begin(), encoders.end(), [](const Encoder &each) { return isUsed(each.name) && each.reason.isEmpty(); });
}

QStringList ProbeReport::problems() const
{
    QStringList out;
    const auto kindIs = [](ErrorKind kind) { return [kind](const V4l2 &each) { return each.error && each.error->kind == kind; }; };
    const bool webcam = std::any_of(v4l2.begin(), v4l2.end(), [](const V4l2 &each) { return each.usable; });
    if (libcamera.cameras.isEmpty() && rpicam.cameras.isEmpty() && !webcam)
        out += QStringLiteral("No camera was found. A ribbon cable: switch the Pi off, check both ends, and start it again. A USB camera: plug it in; "
                              "/dev/video0 appears.");
    if (v4l2.isEmpty())
        out += QStringLiteral("There is no /dev/video device: no USB camera is plugged in, or the container was not given it (--device /dev/video0).");
    if (std::any_of(v4l2.begin(), v4l2.end(), kindIs(ErrorKind::Denied)))
        out += QStringLiteral("The user %1 may not use the cameras: sudo usermod -aG video %1, then log in again.").arg(user);
    if (std::any_of(v4l2.begin(), v4l2.end(), [](const V4l2 &each) { return each.camera.driver == QLatin1String("bm2835 mmal"); }))
        out += QStringLiteral("The legacy camera stack is on: take source v4l2, or switch it off by raspi-config for libcamera and rpicam.");
    if (rpicam.program.isEmpty() && rpicam.reason.isEmpty())
        out += QStringLiteral("rpicam-vid is not installed, which source rpicam needs: sudo apt install rpicam-apps-lite.");
    else if (!rpicam.reason.isEmpty())
        out += QStringLiteral("rpicam-vid cannot list cameras: %1.").arg(rpicam.reason);
    if (!libcamera.built)
        out += QStringLiteral("This build has no source libcamera: use rpicam, or build with libcamera-dev installed.");
    else if (!libcamera.reason.isEmpty())
        out += QStringLiteral("libcamera cannot list cameras: %1.").arg(libcamera.reason);
    if (std::none_of(encoders.begin(), encoders.end(), [](const Encoder &each) { return isUsed(each.name) && each.reason.isEmpty(); }))
        out += QStringLiteral("No encoder works: install an FFmpeg with libx264 (Debian: libavcodec59 or libavcodec61).");
    if (senseHat && senseHat->kind == ErrorKind::Denied)
        out += QStringLiteral("The user %1 may not use the I2C bus: sudo usermod -aG i2c %1, then log in again.").arg(user);
    if (!clock.synchronized && !clock.batteryClock && !clock.hypervisor)
        out += QStringLiteral("The clock is not synchronised: check the network and timedatectl; without it pictures carry no known time.");
    return out;
}

QString ProbeReport::text() const
{
    QString out = QStringLiteral("Cameras\n");
    for (qsizetype i = 0; i < libcamera.cameras.size(); ++i) {
        const LocalCamera &each = libcamera.cameras[i];
        out += line(QStringLiteral("libcamera %1").arg(i), QStringLiteral("%1 (%2)").arg(each.model.isEmpty() ? QStringLiteral("?") : each.model, each.id)) + details(each);
    }
    for (const RpicamCamera &each : rpicam.cameras)
        out += line(QStringLiteral("rpicam %1").arg(each.number), QStringLiteral("%1 (%2)").arg(each.model, each.detail));
    QString others;
    for (const V4l2 &each : v4l2) {
        if (each.usable)
            out += line(each.camera.path, QStringLiteral("%1 (%2)").arg(each.camera.name, each.camera.driver)) + details(each.camera);
        else
            others += line(each.camera.path, each.error ? withoutPath(each) : QString());
    }
    if (out.count(u'\n') == 1)
        out += QStringLiteral("  none\n");
    if (!others.isEmpty())
        out += QStringLiteral("Not usable\n") + others;
    out += QStringLiteral("Encoders for H.264\n");
    for (const Encoder &each : encoders)
        out += line(each.name, each.reason.isEmpty() ? QStringLiteral("works") : QStringLiteral("no: ") + each.reason);
    out += QStringLiteral("Machine\n");
    out += line(QStringLiteral("Sense HAT"), senseHat ? QStringLiteral("no: ") + senseHat->text() : QStringLiteral("answers"));
    out += line(QStringLiteral("clock"), clockText(clock));
    if (const QStringList wrong = problems(); !wrong.isEmpty())
        out += QStringLiteral("What is missing\n  ") + wrong.join(QStringLiteral("\n  ")) + u'\n';
    return out;
}

QJsonObject ProbeReport::json() const
{
    QJsonObject libcameraJson{{QStringLiteral("built"), libcamera.built}, {QStringLiteral("cameras"), toArray(libcamera.cameras)}};
    if (!libcamera.reason.isEmpty())
        libcameraJson.insert(QStringLiteral("reason"), libcamera.reason);
    QJsonObject rpicamJson{{QStringLiteral("cameras"), toArray(rpicam.cameras)}};
    if (!rpicam.program.isEmpty())
        rpicamJson.insert(QStringLiteral("program"), rpicam.program);
    if (!rpicam.reason.isEmpty())
        rpicamJson.insert(QStringLiteral("reason"), rpicam.reason);
    QJsonObject hat{{QStringLiteral("present"), !senseHat}};
    if (senseHat)
        hat.insert(QStringLiteral("reason"), senseHat->text());
    QJsonObject clockJson{{QStringLiteral("synchronized"), clock.synchronized},
                          {QStringLiteral("battery_clock"), clock.batteryClock},
                          {QStringLiteral("hypervisor"), clock.hypervisor}};
    if (clock.synchronized)
        clockJson.insert(QStringLiteral("uncertainty_us"), qint64{clock.uncertainty.count()});
    return {{QStringLiteral("usable"), usable()},
            {QStringLiteral("problems"), QJsonArray::fromStringList(problems())},
            {QStringLiteral("libcamera"), libcameraJson},
            {QStringLiteral("rpicam"), rpicamJson},
            {QStringLiteral("v4l2"), toArray(v4l2)},
            {QStringLiteral("encoders"), toArray(encoders)},
            {QStringLiteral("sense_hat"), hat},
            {QStringLiteral("clock"), clockJson}};
}

} // namespace vedette::agent
