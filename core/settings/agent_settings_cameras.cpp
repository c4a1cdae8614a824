// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/agent_settings_reader.h"

#include "core/base/secret.h"
#include "core/settings/camera_controls.h"
#include "core/settings/setting_check.h"

namespace vedette::settings {
namespace {

constexpr qsizetype kMaxIdLength = 32;

} // namespace

void AgentSettingsReader::complainAboutCamera(const Values &values, const char *key, int line, const QString &sentence)
{
    const QString name = QLatin1String(key);
    if (const auto variable = values.variables.constFind(name); variable == values.variables.constEnd())
        complain(line, QStringLiteral("camera.") + name, sentence);
    else
        complainEnvironment(*variable, sentence);
}

/// The environment's layer of the cameras: CAMERA_… for all of them, CAMERA<n>_RTSP_URL for one each.
void AgentSettingsReader::readCameraVariables()
{
    const auto byId = [this](const QString &id) {
        return std::find_if(m_cameras.begin(), m_cameras.end(), [&id](const Values &each) { return each.text("id") == id; });
    };
    for (const CameraOverrides::Source &source : m_cameraOverrides.sources) {
        auto found = byId(source.id);
        if (found == m_cameras.end()) {
            m_cameras.append(CameraValues());
            found = std::prev(m_cameras.end());
            found->byKey.insert(QStringLiteral("id"), source.id);
        }
        found->byKey.insert(QStringLiteral("source"), QStringLiteral("url"));
        found->byKey.insert(QStringLiteral("url"), source.url);
    }
    if (m_cameras.isEmpty() && m_cameraOverrides.any) {
        m_cameras.append(CameraValues());
        m_cameras.last().byKey.insert(QStringLiteral("source"), m_unsaidSource);
    }
    for (const CameraOverrides::Value &value : m_cameraOverrides.values) {
        const QString key = value.setting->key;
        m_result.settings.fromEnvironment.append(sectionOf(value.setting->scope) + u'.' + key);
        for (CameraValues &camera : m_cameras) {
            Values &values = value.setting->scope == Scope::Camera ? static_cast<Values &>(camera) : camera.controls;
            values.byKey.insert(key, value.value);
            values.variables.insert(key, value.variable);
        }
    }
}

void AgentSettingsReader::applyToOnlyCamera()
{
    QList<CameraSettings> &cameras = m_result.settings.cameras;
    const QString several = QStringLiteral("it is for an only camera, and there are %1").arg(cameras.size());
    if (!m_cameraOverrides.pushUrl.isEmpty()) {
        if (cameras.size() == 1) {
            cameras.first().pushUrl = Secret(withoutTrailingSlash(m_cameraOverrides.pushUrl));
            cameras.first().publish = true;
            for (const QString &key : {QStringLiteral("relay.url"), QStringLiteral("relay.public_url")}) {
                if (m_result.settings.fromEnvironment.contains(key))
                    noEffect(environmentName(*findSetting(Scope::Agent, key)), QStringLiteral("CAMERA_RTSP_URL says where the only camera is pushed to"));
            }
        } else {
            noEffect(QStringLiteral("CAMERA_RTSP_URL"), several + QStringLiteral("; relay.url is for several"));
        }
    }
    if (!m_cameraOverrides.hlsUrl.isEmpty()) {
        if (cameras.size() == 1)
            cameras.first().hlsUrl = m_cameraOverrides.hlsUrl;
        else
            noEffect(QStringLiteral("CAMERA_HLS_URL"), several);
    }
}

void AgentSettingsReader::fillCameras()
{
    readCameraVariables();
    if (m_cameras.isEmpty())
        complain(0, QStringLiteral("camera"), QStringLiteral("no camera: add a section [[camera]]"));
    QHash<QString, int> lines;
    for (qsizetype i = 0; i < m_cameras.size(); ++i) {
        const QString suffix = m_cameras.size() == 1 ? QString() : QStringLiteral("-%1").arg(i + 1);
        const CameraSettings made =
            camera(m_cameras[i], m_result.settings.id.left(kMaxIdLength - suffix.size()) + suffix);
        const int line = m_cameras[i].lineOf("id");
        if (const auto twin = lines.constFind(made.id); twin != lines.constEnd())
            complain(
                line, QStringLiteral("camera.id"),
                QStringLiteral("\"%1\" is the id of two cameras; the other is in line %2").arg(made.id).arg(*twin));
        else
            lines.insert(made.id, line);
        m_result.settings.cameras.append(made);
    }
    applyToOnlyCamera();
}

QJsonObject AgentSettingsReader::controls(const CameraValues &values)
{
    QJsonObject given;
    for (auto each = values.controls.byKey.begin(); each != values.controls.byKey.end(); ++each)
        given.insert(each.key(), each.value());
    if (const auto wrong = findWrongControl(given)) {
        if (const QString variable = values.controls.variables.value(wrong->key); !variable.isEmpty())
            complainEnvironment(variable, wrong->sentence);
        else
            complain(values.controls.lineOf(wrong->key.toLatin1().constData()), sectionOf(Scope::CameraControls) + u'.' + wrong->key, wrong->sentence);
    }
    return given;
}

/// What the file says and this source has not. One sentence for all controls.
void AgentSettingsReader::reportNoEffect(const CameraValues &values, const QString &source)
{
    // What sets the picture's look is not here: a network camera that sends Motion JPEG is encoded by it.
    for (const char *key : {"file", "url", "audio", "device", "framerate", "test_fault", "test_fault_seconds"}) {
        const QString name = QLatin1String(key);
        if (values.lines.contains(name) && !hasEffect(*findSetting(Scope::Camera, name), source))
            noEffect(values.lineOf(key), QStringLiteral("camera.") + name, QStringLiteral("it is not for source %1").arg(source));
    }
    if (values.text("burn_in") != QLatin1String("none") && !hasEffect(*findSetting(Scope::Camera, u"burn_in"), source))
        noEffect(values.lineOf("burn_in"), QStringLiteral("camera.burn_in"), QStringLiteral("what source %1 gives encoded passes through as it is; a sub stream is written on").arg(source));
    if (!values.controls.lines.isEmpty() && source != QLatin1String("libcamera") && source != QLatin1String("rpicam"))
        noEffect(values.controls.line, sectionOf(Scope::CameraControls), QStringLiteral("source %1 has no such controls; libcamera and rpicam have").arg(source));
}

void AgentSettingsReader::checkDevice(const Values &values, const QString &source)
{
    const QString device = values.text("device");
    bool number = false;
    (void)device.toUInt(&number);
    if (device.isEmpty())
        return;
    if (source == QLatin1String("rpicam") && !number)
        complain(values.lineOf("device"), QStringLiteral("camera.device"), QStringLiteral("is \"%1\"; for source rpicam it is the camera's number, from 0").arg(redact(device.left(60)).simplified()));
    if (source == QLatin1String("v4l2") && !device.startsWith(u'/'))
        complain(values.lineOf("device"), QStringLiteral("camera.device"), QStringLiteral("is \"%1\"; for source v4l2 it is a path, as /dev/video0").arg(redact(device.left(60)).simplified()));
}

/// A file may come later, as on a disk that is not mounted yet.
void AgentSettingsReader::checkFile(const Values &values, const QString &source)
{
    const QFileInfo info(values.text("file"));
    if (source != QLatin1String("file") || info.filePath().isEmpty())
        return;
    if (!info.exists())
        m_result.notices.append({m_path, values.lineOf("file"), QStringLiteral("camera.file"), QStringLiteral("%1 is not there now").arg(info.filePath())});
    else if (!info.isFile())
        complain(values.lineOf("file"), QStringLiteral("camera.file"), QStringLiteral("%1 is no regular file").arg(info.filePath()));
}

CameraSettings AgentSettingsReader::camera(const CameraValues &values, const QString &defaultId)
{
    CameraSettings out;
    const QString id = values.text("id");
    out.id = id.isEmpty() ? defaultId : id;
    out.name = values.text("name").isEmpty() ? out.id : values.text("name");
    out.source = values.text("source");
    out.file = values.text("file");
    out.url = Secret(values.text("url"));
    out.audio = values.boolean("audio");
    out.width = values.integer("width");
    out.height = values.integer("height");
    out.framerate = values.number("framerate");
    out.bitrateKbps = values.integer("bitrate_kbps");
    out.keyFrameSeconds = values.number("key_frame_seconds");
    out.encoder = values.text("encoder");
    out.burnIn = values.text("burn_in");
    out.preset = values.text("preset");
    out.profile = values.text("profile");
    out.testFault = values.text("test_fault");
    out.testFaultSeconds = values.number("test_fault_seconds");
    out.publish = values.boolean("publish");
    if (out.source == QLatin1String("file") && values.missing("file"))
        complain(values.lineOf("source"), QStringLiteral("camera.file"),
                 QStringLiteral("is missing, but source is \"file\""));
    if (out.source == QLatin1String("url") && values.missing("url"))
        complain(values.lineOf("source"), QStringLiteral("camera.url"),
                 QStringLiteral("is missing, but source is \"url\""));
    for (const char *key : {"width", "height"}) {
        if (values.integer(key) % 2 != 0)
            complainAboutCamera(values, key, values.lineOf(key), QStringLiteral("is %1; it must be even").arg(values.integer(key)));
    }
    out.device = values.text("device");
    checkDevice(values, out.source);
    checkFile(values, out.source);
    out.controls = controls(values);
    reportNoEffect(values, out.source);
    out.sub = sub(values.sub, out.source);
    out.recording = recording(values.recording, out.sub);
    for (const Values &each : values.targets)
        out.targets.append(target(each, out));
    return out;
}

} // namespace vedette::settings
