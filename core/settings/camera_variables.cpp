// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/camera_variables.h"

#include "core/base/secret.h"
#include "core/settings/setting_check.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace vedette::settings {
namespace {

using L = QLatin1String;

// clang-format off
constexpr std::array kVariables{
    CameraVariable{L("CAMERA_WIDTH"), L("width"), Type::Integer, L(""), L("Picture width of every camera; `width`.")},
    CameraVariable{L("CAMERA_HEIGHT"), L("height"), Type::Integer, L(""), L("Picture height of every camera; `height`.")},
    CameraVariable{L("CAMERA_FRAMERATE"), L("framerate"), Type::Number, L(""), L("Pictures per second of every camera; `framerate`.")},
    CameraVariable{L("CAMERA_BITRATE"), L("bitrate_kbps"), Type::Integer, L(""),
                   L("Bit rate of every camera in bit/s, or with k or M behind it: 2500000, 2500k and 2.5M are the same; `bitrate_kbps`.")},
    CameraVariable{L("CAMERA_AWB"), L("awb"), Type::Choice, L(""),
                   L("White balance by libcamera's names, as daylight or AwbDaylight; `controls.awb`.")},
    CameraVariable{L("CAMERA_EXPOSURE"), L("exposure"), Type::Choice, L(""),
                   L("Exposure mode by libcamera's names, as short or ExposureShort; sport is short; `controls.exposure`.")},
    CameraVariable{L("CAMERA_RTSP_URL"), L(""), Type::Url, L("rtsp|rtsps"),
                   L("Where the only camera is pushed to, in place of `relay.url`/<id>. A user part is used for pushing and is never shown.")},
    CameraVariable{L("CAMERA_HLS_URL"), L(""), Type::Url, L("http|https"), L("Reported as the HLS address of the only camera; everybody is told it.")},
    CameraVariable{L("CAMERA<n>_RTSP_URL"), L("url"), Type::Url, L(""),
                   L("n is 1 to 99: a camera of source url with the id n, or the address of the file's camera of that id.")},
};
// clang-format on

QString shown(const QString &text)
{
    return redact(text.left(60)).simplified();
}

/// "2500000", "2500k", "2.5M" as kbit/s; NaN for anything else.
double kilobits(QString text)
{
    double factor = 0.001;
    if (text.endsWith(u'k', Qt::CaseInsensitive) || text.endsWith(u'M', Qt::CaseInsensitive)) {
        factor = text.endsWith(u'k', Qt::CaseInsensitive) ? 1 : 1000;
        text.chop(1);
    }
    bool good = false;
    const double number = text.toDouble(&good);
    return good ? number * factor : qQNaN();
}

Result<QJsonValue> bitrate(const QString &text)
{
    const Setting &setting = *findSetting(Scope::Camera, QStringLiteral("bitrate_kbps"));
    const double kbps = kilobits(text);
    if (kbps >= setting.minimum && kbps <= setting.maximum)
        return QJsonValue(qRound64(kbps));
    return fail(ErrorKind::InvalidInput, QStringLiteral("is \"%1\"; allowed are %2 to %3 bit/s, also written as 2500k or 2.5M")
                                             .arg(shown(text)).arg(setting.minimum * 1000, 0, 'f', 0).arg(setting.maximum * 1000, 0, 'f', 0));
}

/// libcamera writes AwbDaylight where its programs take daylight.
QString modeName(const CameraVariable &variable, const QString &text)
{
    QString word = text.toLower();
    const QString prefix = variable.key;
    if (word.startsWith(prefix))
        word.remove(0, prefix.size());
    return variable.key == L("exposure") && word == L("sport") ? QStringLiteral("short") : word;
}

Result<QJsonValue> valueOf(const CameraVariable &variable, const QString &text)
{
    if (variable.key == L("bitrate_kbps"))
        return bitrate(text);
    const Setting own{variable.name, Scope::Camera, variable.type, L(""), 0, 0, variable.choices, L(""), Restarts::Camera, variable.help};
    const Setting *known = settingOf(variable);
    const Setting &setting = known ? *known : own;
    if (auto value = valueFromText(setting, variable.type == Type::Choice ? modeName(variable, text) : text); value || variable.type != Type::Choice)
        return value;
    return fail(ErrorKind::InvalidInput, QStringLiteral("is \"%1\"; allowed are %2").arg(shown(text), allowedText(setting)));
}

const CameraVariable *findVariable(const QString &name)
{
    const auto found = std::find_if(kVariables.begin(), kVariables.end(), [&name](const CameraVariable &each) { return each.name == name; });
    return found == kVariables.end() ? nullptr : &*found;
}

/// "7" for CAMERA7_RTSP_URL; empty otherwise.
QString numberIn(const QString &name)
{
    static const QRegularExpression numbered(QStringLiteral("^CAMERA([1-9][0-9]?)_RTSP_URL$"));
    return numbered.match(name).captured(1);
}

void take(CameraOverrides &out, const CameraVariable &variable, const QString &name, const QString &text)
{
    out.any = true;
    const auto value = valueOf(variable, text);
    if (!value) {
        out.problems.append({QStringLiteral("environment"), 0, name, value.error().detail});
        return;
    }
    if (const QString number = numberIn(name); !number.isEmpty())
        out.sources.append({name, number, value->toString()});
    else if (name == L("CAMERA_RTSP_URL"))
        out.pushUrl = value->toString();
    else if (name != L("CAMERA_HLS_URL"))
        out.values.append({name, settingOf(variable), *value});
    else if (hasUser(value->toString()))
        out.problems.append({QStringLiteral("environment"), 0, name, QStringLiteral("must not hold a user or password: everybody is told it")});
    else
        out.hlsUrl = value->toString();
}

} // namespace

std::span<const CameraVariable> cameraVariables()
{
    return kVariables;
}

const Setting *settingOf(const CameraVariable &variable)
{
    const QString key = variable.key;
    const Setting *setting = findSetting(Scope::Camera, key);
    return setting ? setting : findSetting(Scope::CameraControls, key);
}

CameraOverrides readCameraOverrides(const QHash<QString, QString> &environment)
{
    static const QRegularExpression ours(QStringLiteral("^CAMERA([0-9_]|$)"));
    CameraOverrides out;
    QStringList names = environment.keys().filter(ours);
    names.sort();
    for (const QString &name : std::as_const(names)) {
        const QString text = environment.value(name).trimmed();
        if (text.isEmpty())
            continue;
        const CameraVariable *variable = numberIn(name).isEmpty() ? findVariable(name) : &kVariables.back();
        if (variable)
            take(out, *variable, name, text);
        else
            out.unknown.append(name);
    }
    std::sort(out.sources.begin(), out.sources.end(), [](const auto &a, const auto &b) { return a.id.toInt() < b.id.toInt(); });
    return out;
}

bool hasEffect(const Setting &setting, const QString &source)
{
    const bool pi = source == L("libcamera") || source == L("rpicam");
    if (setting.scope == Scope::CameraControls)
        return pi;
    if (setting.key == L("device"))
        return pi || source == L("v4l2");
    if (setting.key == L("burn_in"))
        return source != L("url") && source != L("rpicam"); // whose pictures come encoded
    if (setting.key == L("audio") || setting.key == L("url"))
        return source == L("url");
    if (setting.key == L("file"))
        return source == L("file");
    if (setting.key == L("test_fault") || setting.key == L("test_fault_seconds"))
        return source == L("test");
    if (setting.key == L("framerate"))
        return source != L("url") && source != L("file");
    return source != L("url"); // passed through as it is
}

} // namespace vedette::settings
