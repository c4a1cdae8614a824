// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/settings/agent_settings.h"
#include "core/settings/camera_variables.h"
#include "core/settings/setting.h"
#include "core/settings/toml_file.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace vedette::settings {

/// The values of one agent or camera, by key, with the line where the file says them (0: it does not).
struct Values {
    QHash<QString, QJsonValue> byKey;
    QHash<QString, int> lines;
    QHash<QString, QString> variables; ///< by key, where the environment says it
    int line = 0;

    QString text(const char *key) const { return byKey.value(QLatin1String(key)).toString(); }
    int integer(const char *key) const { return static_cast<int>(byKey.value(QLatin1String(key)).toInteger()); }
    double number(const char *key) const { return byKey.value(QLatin1String(key)).toDouble(); }
    bool boolean(const char *key) const { return byKey.value(QLatin1String(key)).toBool(); }
    /// Not given, or given empty; false for a value that was refused, which is a problem already.
    bool missing(const char *key) const
    {
        const QLatin1String name(key);
        return text(key).isEmpty() && (byKey.contains(name) || !lines.contains(name));
    }
    int lineOf(const char *key) const { return lines.value(QLatin1String(key), line); }
};

QStringList keysOf(Scope scope);
/// What a section of the file is called: "agent", "camera" …
QStringList sectionNames();
/// The defaults of the table.
Values defaults(Scope scope);

/// One [[camera]] with the sections that stand in it.
struct CameraValues : Values {
    explicit CameraValues(int headLine = 0) : Values(defaults(Scope::Camera)), sub(defaults(Scope::CameraSub)), recording(defaults(Scope::CameraRecording)) { line = headLine; }
    Values sub;
    Values recording;
    Values controls;
    QList<Values> targets;
};

/// One load: gathers the layers, then checks what no single value shows. The core of loadAgentSettings(); used by nobody else.
class AgentSettingsReader {
public:
    /// An empty path: no file, only defaults and environment.
    AgentSettingsReader(const QString &path, const QHash<QString, QString> &environment, const QString &unsaidSource)
        : m_path(path), m_unsaidSource(unsaidSource), m_folder(QFileInfo(path).absoluteDir()), m_environment(environment),
          m_cameraOverrides(readCameraOverrides(environment)), m_agent(defaults(Scope::Agent))
    {
    }

    LoadResult load();

private:
    void complain(int line, const QString &key, const QString &sentence)
    {
        m_result.problems.append({m_path.isEmpty() ? QStringLiteral("environment") : m_path, line, key, sentence});
    }
    /// Once a name: it may rule over many cameras.
    void complainEnvironment(const QString &name, const QString &sentence)
    {
        const QList<Problem> &said = m_result.problems;
        if (std::none_of(said.begin(), said.end(), [&name](const Problem &each) { return each.key == name; }))
            m_result.problems.append({QStringLiteral("environment"), 0, name, sentence});
    }
    void noEffect(const QString &name, const QString &why)
    {
        m_result.notices.append({QStringLiteral("environment"), 0, name, QStringLiteral("is set and has no effect: ") + why});
    }
    void noEffect(int line, const QString &key, const QString &why)
    {
        m_result.notices.append({m_path, line, key, QStringLiteral("is set and has no effect: ") + why});
    }
    void reportIdle(const QStringList &keys, const QString &why);
    /// The key in the words of the layer that holds it, for checks across values.
    void complainAbout(const char *key, const QString &sentence);
    /// The same for what is no reason not to start.
    void noteAbout(const char *key, const QString &sentence);
    void complainAboutCamera(const Values &values, const char *key, int line, const QString &sentence);

    void readSection(const TomlSection &section);
    void readCameraSection(const TomlSection &section);
    void readEntry(const TomlEntry &entry, Scope scope, const QString &key, Values &values);
    void readEnvironment();
    void readUnknownVariables();
    bool holdsKey(const QString &name) const;
    void fillAgent();
    void readLiveKitVariables();
    void checkHttp();
    void checkMqtt();
    void checkRelay();
    void fillRecording();
    void readCameraVariables();
    void applyToOnlyCamera();
    void fillCameras();
    void reportIdleSettings();
    void reportIdleVariables();
    CameraSettings camera(const CameraValues &values, const QString &defaultId);
    QJsonObject controls(const CameraValues &values);
    void reportNoEffect(const CameraValues &values, const QString &source);
    void checkDevice(const Values &values, const QString &source);
    void checkFile(const Values &values, const QString &source);
    SubSettings sub(const Values &values, const QString &source);
    RecordingSettings recording(const Values &values, const SubSettings &sub);
    WeekSchedule schedule(const Values &values);
    TargetSettings target(const Values &values, const CameraSettings &camera);
    void refuseTwinTargets();
    QString path(const QString &text) const
    {
        return text.isEmpty() ? text : QDir::cleanPath(m_folder.absoluteFilePath(text));
    }

    const QString m_path;
    const QString m_unsaidSource;
    const QDir m_folder;
    const QHash<QString, QString> &m_environment;
    const CameraOverrides m_cameraOverrides;
    Values m_agent;
    QList<CameraValues> m_cameras;
    LoadResult m_result;
};

} // namespace vedette::settings
