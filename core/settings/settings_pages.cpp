// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/agent_settings.h"
#include "core/settings/camera_variables.h"
#include "core/settings/setting.h"
#include "core/settings/setting_check.h"

#include <array>
#include <utility>

namespace vedette::settings {
namespace {

constexpr qsizetype kColumns = 100;

/// What the example file sets; everything else stands in it as a comment with its default.
constexpr std::array kExample{
    std::pair{QLatin1String("sense_hat.kind"), QLatin1String("simulated")},
    std::pair{QLatin1String("camera.source"), QLatin1String("test")},
    std::pair{QLatin1String("camera.width"), QLatin1String("1280")},
    std::pair{QLatin1String("camera.height"), QLatin1String("720")},
};
/// What a comment shows where there is no default.
constexpr std::array kHints{
    std::pair{QLatin1String("agent.id"), QLatin1String("pi-1")},
    std::pair{QLatin1String("agent.name"), QLatin1String("Yard")},
    std::pair{QLatin1String("agent.data_dir"), QLatin1String("/var/lib/vedette-agent")},
    std::pair{QLatin1String("mqtt.host"), QLatin1String("broker.example.org")},
    std::pair{QLatin1String("mqtt.username"), QLatin1String("pi-1")},
    std::pair{QLatin1String("mqtt.password"), QLatin1String("PASSWORD")},
    std::pair{QLatin1String("mqtt.ca_file"), QLatin1String("ca.pem")},
    std::pair{QLatin1String("relay.url"), QLatin1String("rtsp://relay.example.org:8554")},
    std::pair{QLatin1String("relay.public_url"), QLatin1String("rtsp://relay.example.org:8554")},
    std::pair{QLatin1String("livekit.room"), QLatin1String("yard")},
    std::pair{QLatin1String("camera.id"), QLatin1String("gate")},
    std::pair{QLatin1String("camera.name"), QLatin1String("Gate street")},
    std::pair{QLatin1String("camera.file"), QLatin1String("clip.mp4")},
    std::pair{QLatin1String("camera.url"), QLatin1String("rtsp://USER:PASSWORD@camera.example.org/stream")},
    std::pair{QLatin1String("camera.device"), QLatin1String("0")},
    std::pair{QLatin1String("camera.sub.enabled"), QLatin1String("true")},
    std::pair{QLatin1String("recording.folder"), QLatin1String("/var/lib/vedette-agent/recordings")},
    std::pair{QLatin1String("camera.recording.schedule"), QLatin1String("mon-fri 08:00-18:00; sat,sun 22:00-06:00")},
    std::pair{QLatin1String("camera.recording.time_zone"), QLatin1String("Europe/Berlin")},
    std::pair{QLatin1String("camera.controls.rotation"), QLatin1String("180")},
    std::pair{QLatin1String("camera.controls.hflip"), QLatin1String("true")},
    std::pair{QLatin1String("camera.controls.vflip"), QLatin1String("true")},
    std::pair{QLatin1String("camera.controls.awb"), QLatin1String("auto")},
    std::pair{QLatin1String("camera.controls.exposure"), QLatin1String("normal")},
    std::pair{QLatin1String("camera.controls.metering"), QLatin1String("centre")},
    std::pair{QLatin1String("camera.controls.shutter_us"), QLatin1String("0")},
    std::pair{QLatin1String("camera.controls.gain"), QLatin1String("0")},
    std::pair{QLatin1String("camera.controls.ev"), QLatin1String("0")},
    std::pair{QLatin1String("camera.controls.brightness"), QLatin1String("0")},
    std::pair{QLatin1String("camera.controls.contrast"), QLatin1String("1")},
    std::pair{QLatin1String("camera.controls.saturation"), QLatin1String("1")},
    std::pair{QLatin1String("camera.controls.sharpness"), QLatin1String("1")},
    std::pair{QLatin1String("camera.controls.denoise"), QLatin1String("auto")},
    std::pair{QLatin1String("camera.controls.hdr"), QLatin1String("off")},
    std::pair{QLatin1String("camera.controls.autofocus"), QLatin1String("manual")},
    std::pair{QLatin1String("camera.controls.lens_position"), QLatin1String("0.5")},
    std::pair{QLatin1String("camera.controls.roi"), QLatin1String("0,0,1,1")},
    std::pair{QLatin1String("camera.target.url"), QLatin1String("rtmp://ingest.example.org/live")},
    std::pair{QLatin1String("camera.target.name"), QLatin1String("cloud")},
    std::pair{QLatin1String("camera.target.key_file"), QLatin1String("cloud.key")},
    std::pair{QLatin1String("camera.target.key_env"), QLatin1String("CLOUD_KEY")},
};

template <std::size_t N>
QString find(const std::array<std::pair<QLatin1String, QLatin1String>, N> &table, const QString &key)
{
    for (const auto &[each, value] : table) {
        if (each == key)
            return value;
    }
    return {};
}

QString tomlValue(const Setting &setting, const QString &text)
{
    const bool bare = setting.type == Type::Boolean || setting.type == Type::Integer || setting.type == Type::Number;
    return bare ? text : u'"' + text + u'"';
}

QString groupOf(const Setting &setting)
{
    return setting.scope != Scope::Agent ? QString(sectionOf(setting.scope)) : QString(setting.key).section(u'.', 0, 0);
}

QString ownKey(const Setting &setting)
{
    return setting.scope != Scope::Agent ? QString(setting.key) : QString(setting.key).section(u'.', 1);
}

QString fullKey(const Setting &setting)
{
    return groupOf(setting) + u'.' + ownKey(setting);
}

/// The head of a group with what stands above it. A target needs an address, so its head is a comment as well.
QString exampleHead(const Setting &setting)
{
    switch (setting.scope) {
    case Scope::Agent: return QStringLiteral("\n[%1]\n").arg(groupOf(setting));
    case Scope::Camera: return QStringLiteral("\n# One section for each camera.\n[[camera]]\n");
    case Scope::CameraSub: return QStringLiteral("\n# The small stream of the camera above.\n[camera.sub]\n");
    case Scope::CameraRecording: return QStringLiteral("\n# What of the camera above is recorded on this machine.\n[camera.recording]\n");
    case Scope::CameraControls:
        return QStringLiteral("\n# Controls of the camera above, for sources libcamera and rpicam. What is not set is the camera's own.\n[camera.controls]\n");
    case Scope::CameraTarget:
        return QStringLiteral("\n# One section for each place that the camera above is pushed to besides the relay.\n#[[camera.target]]\n");
    }
    return {};
}

QString referenceHead(const Setting &setting)
{
    const QString columns = QStringLiteral("| key | type | default | meaning | a change restarts |\n|---|---|---|---|---|\n");
    switch (setting.scope) {
    case Scope::Agent:
        return QStringLiteral("\n## `[%1]`\n\n| key | type | default | meaning | environment | a change restarts |\n"
                              "|---|---|---|---|---|---|\n").arg(groupOf(setting));
    case Scope::Camera: return QStringLiteral("\n## `[[camera]]`\n\nOne section for each camera.\n\n") + columns;
    case Scope::CameraSub: return QStringLiteral("\n## `[camera.sub]`\n\nThe small stream of the camera above.\n\n") + columns;
    case Scope::CameraRecording: return QStringLiteral("\n## `[camera.recording]`\n\nWhat of the camera above is recorded on this machine.\n\n") + columns;
    case Scope::CameraControls:
        return QStringLiteral("\n## `[camera.controls]`\n\nControls of the camera above, for sources libcamera and rpicam. What is not "
                              "set is the camera's own.\n\n") + columns;
    case Scope::CameraTarget:
        return QStringLiteral("\n## `[[camera.target]]`\n\nOne section for each place that the camera above is pushed to "
                              "besides the relay.\n\n") + columns;
    }
    return {};
}

QString comment(const QString &text)
{
    QString out;
    QString line = QStringLiteral("#");
    for (const QString &word : text.split(u' ')) {
        if (line.size() + 1 + word.size() > kColumns) {
            out += line + u'\n';
            line = QStringLiteral("#");
        }
        line += u' ' + word;
    }
    return out + line + u'\n';
}

QString allowed(const Setting &setting)
{
    QString text = allowedText(setting);
    if (!setting.unit.isEmpty())
        text += u' ' + setting.unit;
    return text;
}

QString exampleLines(const Setting &setting)
{
    QString help = setting.help;
    if (setting.type == Type::Choice || setting.type == Type::Integer || setting.type == Type::Number)
        help += QStringLiteral(" (%1)").arg(allowed(setting));
    const QString set = find(kExample, fullKey(setting));
    if (!set.isEmpty())
        return comment(help) + QStringLiteral("%1 = %2\n").arg(ownKey(setting), tomlValue(setting, set));
    const QString shown = setting.defaultValue.isEmpty() ? find(kHints, fullKey(setting)) : QString(setting.defaultValue);
    return comment(help) + QStringLiteral("#%1 = %2\n").arg(ownKey(setting), tomlValue(setting, shown));
}

QString cell(QString text)
{
    return text.replace(u'|', QLatin1String("\\|")).replace(u'<', QLatin1String("&lt;"));
}

QString restartsText(Restarts restarts)
{
    switch (restarts) {
    case Restarts::Nothing:
        return QStringLiteral("nothing");
    case Restarts::Camera:
        return QStringLiteral("the camera");
    case Restarts::Agent:
        return QStringLiteral("the agent");
    }
    return {};
}

QString referenceRow(const Setting &setting)
{
    QString type = typeName(setting.type);
    if (const QString text = allowed(setting);
        !text.isEmpty() && setting.type != Type::Boolean && setting.type != Type::Id)
        type += QStringLiteral(": ") + text;
    const QString value = setting.defaultValue.isEmpty() ? QStringLiteral("not set")
                                                         : u'`' + tomlValue(setting, setting.defaultValue) + u'`';
    const QString variable = setting.scope == Scope::Agent ? u'`' + environmentName(setting) + u'`' : QString();
    QString row = QStringLiteral("| `%1` | %2 | %3 | %4 |").arg(ownKey(setting), cell(type), value, cell(setting.help));
    if (setting.scope == Scope::Agent)
        row += QStringLiteral(" %1 |").arg(variable);
    return row + QStringLiteral(" %1 |\n").arg(restartsText(setting.restarts));
}

QString variableRow(const CameraVariable &variable)
{
    const Setting *known = settingOf(variable);
    const Setting own{variable.name, Scope::Camera, variable.type, {}, 0, 0, variable.choices, {}, Restarts::Camera, variable.help};
    QString type = typeName(variable.type);
    if (variable.key == QLatin1String("bitrate_kbps"))
        type = QStringLiteral("number: 50000 to 100000000 bit/s");
    else if (const QString text = allowed(known ? *known : own); !text.isEmpty())
        type += QStringLiteral(": ") + text;
    return QStringLiteral("| `%1` | %2 | %3 |\n").arg(variable.name, cell(type), cell(variable.help));
}

} // namespace

QString exampleConfig()
{
    QString out =
        comment(QStringLiteral(
            "Settings of vedette-agent. This file runs as it is: one synthetic camera and a simulated Sense "
            "HAT, without broker and relay.")) +
        comment(QStringLiteral(
            "Lines that begin with #KEY show the default, or an example where there is none. Every key outside "
            "[[camera]] can also come from the environment: mqtt.host is VEDETTE_MQTT_HOST."));
    QString group;
    for (const Setting &setting : settingsTable()) {
        if (group != groupOf(setting)) {
            group = groupOf(setting);
            out += exampleHead(setting);
        }
        out += exampleLines(setting);
    }
    return out;
}

QString settingsReference()
{
    QString out = QStringLiteral("# Settings of the agent\n\n"
                                 "<!-- Made from core/settings/setting.cpp; do not edit. -->\n\n"
                                 "`vedette-agent --config FILE` reads one TOML file; `vedette-agent example-config` "
                                 "prints one that runs as it is\n"
                                 "([agent.example.toml](agent.example.toml)); `vedette-agent check-config FILE` says "
                                 "what is wrong in it. Unknown keys are\n"
                                 "errors. A variable of the environment rules over the file, the file over the "
                                 "default. What is set and has no effect, in the file or\n"
                                 "as a name that begins with VEDETTE_, is named in the log and by `check-config`. Relative paths in the file start\n"
                                 "at its folder.\n");
    QString group;
    for (const Setting &setting : settingsTable()) {
        if (group != groupOf(setting)) {
            group = groupOf(setting);
            out += referenceHead(setting);
        }
        out += referenceRow(setting);
    }
    out += QStringLiteral("\n## Names of existing deployments\n\nThese variables rule over the file, too. With one of them "
                          "set the agent runs without `--config`: the camera\nof this Raspberry Pi (source libcamera, or rpicam where the build "
                          "has no libcamera; on other machines the test picture),\nor those of "
                          "`CAMERA<n>_RTSP_URL`. An empty one counts as not set. One that is set and has no effect is "
                          "named in\nthe log and by `check-config`.\n\n| variable | type | meaning |\n|---|---|---|\n");
    for (const CameraVariable &variable : cameraVariables())
        out += variableRow(variable);
    return out;
}

} // namespace vedette::settings
