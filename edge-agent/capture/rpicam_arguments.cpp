// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/rpicam_arguments.h"

#include <QJsonValue>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>

namespace vedette::agent {
namespace {

using L = QLatin1String;

/// A key of [camera.controls], its option, and what rpicam-vid calls its values; a value without a name there stays as it is.
struct Control {
    L key;
    L option;
    std::array<std::pair<L, L>, 4> names{}; ///< a value named "" does not exist
};

constexpr std::array kControls{
    Control{L("rotation"), L("rotation")},
    Control{L("hflip"), L("hflip")},
    Control{L("vflip"), L("vflip")},
    Control{L("awb"), L("awb")},
    Control{L("exposure"), L("exposure"), {{{L("short"), L("sport")}}}},
    Control{L("metering"), L("metering"), {{{L("matrix"), L("average")}}}},
    Control{L("shutter_us"), L("shutter")},
    Control{L("gain"), L("gain")},
    Control{L("ev"), L("ev")},
    Control{L("brightness"), L("brightness")},
    Control{L("contrast"), L("contrast")},
    Control{L("saturation"), L("saturation")},
    Control{L("sharpness"), L("sharpness")},
    Control{L("denoise"), L("denoise"), {{{L("minimal"), L("cdn_off")}, {L("fast"), L("cdn_fast")}, {L("high_quality"), L("cdn_hq")}}}},
    Control{L("hdr"), L("hdr"), {{{L("single_exposure"), L("single-exp")}, {L("multi_exposure"), L("")}, {L("night"), L("")}}}},
    Control{L("autofocus"), L("autofocus-mode")},
    Control{L("lens_position"), L("lens-position")},
    Control{L("roi"), L("roi")},
};

Result<QStringList> controlArguments(const QJsonObject &controls, const QSet<QString> &known)
{
    QStringList arguments;
    for (const Control &control : kControls) {
        const QJsonValue value = controls.value(control.key);
        if (value.isUndefined() || (value.isBool() && !value.toBool()))
            continue;
        const QString option = QStringLiteral("--") + control.option;
        if (!known.contains(control.option))
            return fail(ErrorKind::Unsupported, QStringLiteral("controls.%1 needs a newer rpicam-vid: the one here has no %2").arg(control.key, option));
        if (value.isBool()) {
            arguments.append(option);
            continue;
        }
        QString text = value.isDouble() ? QString::number(value.toDouble(), 'g', 9) : value.toString();
        const auto *named = std::find_if(control.names.begin(), control.names.end(),
                                         [&](const auto &each) { return !each.first.isEmpty() && each.first == text; });
        if (named != control.names.end() && named->second.isEmpty())
            return fail(ErrorKind::Unsupported, QStringLiteral("controls.%1 is \"%2\": rpicam-vid has no such mode").arg(control.key, text));
        arguments.append(option + u'=' + (named != control.names.end() ? QString(named->second) : text)); // a value may begin with '-'
    }
    return arguments;
}

} // namespace

QSet<QString> rpicamOptions(const QString &help)
{
    static const QRegularExpression option(QStringLiteral("(?:^|\\s)--([a-z][a-z0-9-]*)"));
    QSet<QString> known;
    for (auto match = option.globalMatch(help); match.hasNext();)
        known.insert(match.next().captured(1));
    return known;
}

Result<QStringList> rpicamArguments(const settings::CameraSettings &settings, const QSet<QString> &known)
{
    QStringList arguments{QStringLiteral("--nopreview"), QStringLiteral("--timeout=0")};
    if (!settings.device.isEmpty()) {
        bool number = false;
        const unsigned index = settings.device.toUInt(&number);
        if (!number)
            return fail(ErrorKind::InvalidInput, QStringLiteral("device is \"%1\": for source rpicam it is the camera's number, from 0").arg(settings.device));
        arguments << QStringLiteral("--camera=%1").arg(index);
    }
    const auto add = [&arguments](const char *option, const QString &value) { arguments << QLatin1String(option) + u'=' + value; };
    add("--codec", QStringLiteral("h264"));
    add("--width", QString::number(settings.width));
    add("--height", QString::number(settings.height));
    add("--framerate", QString::number(settings.framerate, 'g', 6));
    add("--bitrate", QString::number(std::int64_t{settings.bitrateKbps} * 1000));
    add("--intra", QString::number(std::max(1L, std::lround(settings.framerate * settings.keyFrameSeconds))));
    if (!settings.profile.isEmpty())
        add("--profile", settings.profile);
    arguments << QStringLiteral("--inline") << QStringLiteral("--flush");
    // A Pi 5 encodes by libx264, which otherwise reorders pictures and holds some back, and cannot guess the format of a pipe.
    if (known.contains(QStringLiteral("low-latency")))
        arguments << QStringLiteral("--low-latency");
    else if (known.contains(QStringLiteral("libav-video-codec-opts")))
        add("--libav-video-codec-opts", QStringLiteral("tune=zerolatency;bf=0"));
    if (known.contains(QStringLiteral("libav-format")))
        add("--libav-format", QStringLiteral("h264"));
    auto controls = controlArguments(settings.controls, known);
    if (!controls)
        return fail(controls.error());
    arguments += *controls;
    add("--output", QStringLiteral("-"));
    return arguments;
}

} // namespace vedette::agent
