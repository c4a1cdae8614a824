// SPDX-License-Identifier: GPL-3.0-or-later
// What is set and has no effect: named at the start and by check-config, no reason not to start.
#include "core/settings/agent_settings_reader.h"

#include "core/settings/setting_check.h"

#include <QRegularExpression>

#include <algorithm>

namespace vedette::settings {
namespace {

QString whyNoEffect(const Setting &setting, const QStringList &sources)
{
    if (setting.scope == Scope::Camera && setting.key != QLatin1String("device") && sources.contains(QLatin1String("url")))
        return QStringLiteral("the stream of source url is passed through, unless it is Motion JPEG");
    return QStringLiteral("no camera here has this control (source %1)").arg(sources.join(QStringLiteral(", ")));
}

/// Settings of cameras have no VEDETTE_ names; some have one of CAMERA_….
QString whyNoCameraName(const QString &name)
{
    const QString rest = name.section(u'_', 1);
    for (const CameraVariable &variable : cameraVariables()) {
        if (rest == variable.name)
            return QStringLiteral("there is no such name (did you mean %1?)").arg(rest);
    }
    return QStringLiteral("settings of a camera stand in the file");
}

} // namespace

/// Strict as the file is for names that can mean nothing else, VEDETTE_<section>_…; any other VEDETTE_… is only named.
void AgentSettingsReader::readUnknownVariables()
{
    QStringList known;
    for (const QString &key : keysOf(Scope::Agent))
        known.append(environmentName(*findSetting(Scope::Agent, key)));
    QStringList names = m_environment.keys().filter(QRegularExpression(QStringLiteral("^VEDETTE_")));
    names.sort();
    for (const QString &name : std::as_const(names)) {
        if (known.contains(name) || holdsKey(name) || m_environment.value(name).isEmpty())
            continue;
        const QString rest = name.section(u'_', 1).toLower();
        const QStringList groups = sectionNames();
        const auto group = std::find_if(groups.begin(), groups.end(), [&rest](const QString &each) { return rest.startsWith(each + u'_'); });
        if (group == groups.end())
            noEffect(name, QStringLiteral("the agent knows no such name") + suggestion(name, known));
        else if (*group == QLatin1String("camera"))
            noEffect(name, whyNoCameraName(name));
        else
            complainEnvironment(name, QStringLiteral("unknown variable") + suggestion(name, known));
    }
}

/// Whether a target's key_env names it.
bool AgentSettingsReader::holdsKey(const QString &name) const
{
    return std::any_of(m_cameras.begin(), m_cameras.end(), [&name](const CameraValues &camera) {
        return std::any_of(camera.targets.begin(), camera.targets.end(), [&name](const Values &target) { return target.text("key_env") == name; });
    });
}

/// In the words of the layer that holds them.
void AgentSettingsReader::reportIdle(const QStringList &keys, const QString &why)
{
    for (const QString &key : keys) {
        if (m_agent.byKey.value(key) == QJsonValue(QString()))
            continue;
        if (m_result.settings.fromEnvironment.contains(key))
            noEffect(environmentName(*findSetting(Scope::Agent, key)), why);
        else if (const int line = m_agent.lines.value(key); line > 0)
            noEffect(line, key, why);
    }
}

/// What another setting of the agent, or of its cameras, would have to give a meaning.
void AgentSettingsReader::reportIdleSettings()
{
    if (!m_result.problems.isEmpty())
        return; // what was refused may be what gives it
    const AgentSettings &out = m_result.settings;
    const auto any = [&out](auto &&test) { return std::any_of(out.cameras.begin(), out.cameras.end(), test); };
    const QString url = QStringLiteral("relay.url");
    const QString publicUrl = QStringLiteral("relay.public_url");
    const bool pushedElsewhere = any([](const CameraSettings &each) { return !each.pushUrl.isEmpty(); }); // reported there
    if (out.relayUrl.isEmpty() && !pushedElsewhere)
        reportIdle({publicUrl}, QStringLiteral("relay.url is not set, so nothing is pushed to a relay"));
    else if (!pushedElsewhere && !any([](const CameraSettings &each) { return each.publish; }))
        reportIdle({url, publicUrl}, QStringLiteral("publish is false for every camera"));
    if (out.mqttHost.isEmpty()) {
        QStringList keys = keysOf(Scope::Agent).filter(QRegularExpression(QStringLiteral("^mqtt\\.")));
        reportIdle(keys, QStringLiteral("mqtt.host is not set, so there is no broker"));
    } else {
        if (!out.mqttTls)
            reportIdle({QStringLiteral("mqtt.ca_file")}, QStringLiteral("mqtt.tls is false"));
        if (out.mqttUsername.isEmpty())
            reportIdle({QStringLiteral("mqtt.password")}, QStringLiteral("mqtt.username is not set"));
    }
    if (!out.liveKit)
        reportIdle({QStringLiteral("livekit.room")}, out.liveKit.error().detail);
    if (!any([](const CameraSettings &each) { return each.recording.any(); }))
        reportIdle({QStringLiteral("recording.segment_seconds")}, QStringLiteral("no camera is recorded"));
}

/// Names of CAMERA_… that are for another kind of camera, or mean nothing.
void AgentSettingsReader::reportIdleVariables()
{
    QStringList sources;
    for (const CameraSettings &each : m_result.settings.cameras) {
        if (!sources.contains(each.source))
            sources.append(each.source);
    }
    for (const CameraOverrides::Value &value : m_cameraOverrides.values) {
        if (std::none_of(sources.begin(), sources.end(), [&value](const QString &source) { return hasEffect(*value.setting, source); }))
            noEffect(value.variable, whyNoEffect(*value.setting, sources));
    }
    QStringList known;
    for (const CameraVariable &variable : cameraVariables())
        known.append(variable.name);
    for (const QString &name : m_cameraOverrides.unknown) {
        if (!holdsKey(name))
            noEffect(name, QStringLiteral("there is no such name") + suggestion(name, known));
    }
}

} // namespace vedette::settings
