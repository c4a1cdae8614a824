// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/agent_settings.h"

#include "core/base/secret.h"
#include "core/settings/agent_settings_reader.h"
#include "core/settings/paths.h"
#include "core/settings/setting_check.h"

#include <QHostAddress>
#include <QSysInfo>

#include <algorithm>
#include <tuple>

namespace vedette::settings {
namespace {

constexpr QLatin1String kCamera("camera");
constexpr qsizetype kMaxIdLength = 32;

/// Sections that stand in a [[camera]].
const QStringList &nestedSections()
{
    static const QStringList names{sectionOf(Scope::CameraSub), sectionOf(Scope::CameraRecording), sectionOf(Scope::CameraControls), sectionOf(Scope::CameraTarget)};
    return names;
}

} // namespace

QStringList keysOf(Scope scope)
{
    QStringList keys;
    for (const Setting &setting : settingsTable()) {
        if (setting.scope == scope)
            keys.append(setting.key);
    }
    return keys;
}

QStringList sectionNames()
{
    QStringList names{kCamera};
    for (const QString &key : keysOf(Scope::Agent)) {
        const QString group = key.section(u'.', 0, 0);
        if (!names.contains(group))
            names.append(group);
    }
    return names;
}

Values defaults(Scope scope)
{
    Values values;
    for (const Setting &setting : settingsTable()) {
        if (setting.scope != scope)
            continue;
        if (const auto value = valueFromText(setting, setting.defaultValue); value && !setting.defaultValue.isEmpty())
            values.byKey.insert(setting.key, *value);
    }
    return values;
}

LoadResult AgentSettingsReader::load()
{
    const auto sections = m_path.isEmpty() ? QList<TomlSection>() : readTomlFile(m_path, nestedSections());
    if (!sections) {
        const TomlError &error = sections.error();
        complain(error.line, redact(error.key.left(64)).simplified(), error.sentence);
        readEnvironment();
        return std::move(m_result);
    }
    for (const TomlSection &section : *sections)
        readSection(section);
    readEnvironment();
    fillAgent();
    fillCameras();
    refuseTwinTargets();
    reportIdleSettings();
    reportIdleVariables();
    return std::move(m_result);
}

void AgentSettingsReader::complainAbout(const char *key, const QString &sentence)
{
    const QString name = QLatin1String(key);
    const Setting *setting = findSetting(Scope::Agent, name);
    if (setting && m_result.settings.fromEnvironment.contains(name))
        complainEnvironment(environmentName(*setting), sentence);
    else
        complain(m_agent.lineOf(key), name, sentence);
}

void AgentSettingsReader::noteAbout(const char *key, const QString &sentence)
{
    const QString name = QLatin1String(key);
    const Setting *setting = findSetting(Scope::Agent, name);
    if (setting && m_result.settings.fromEnvironment.contains(name))
        m_result.notices.append({QStringLiteral("environment"), 0, environmentName(*setting), sentence});
    else
        m_result.notices.append({m_path, m_agent.lineOf(key), name, sentence});
}

void AgentSettingsReader::readSection(const TomlSection &section)
{
    const QString name = redact(section.name.left(64)).simplified();
    if (section.name == kCamera || nestedSections().contains(section.name)) {
        readCameraSection(section);
        return;
    }
    if (section.name.isEmpty()) {
        for (const TomlEntry &entry : section.entries) {
            const QString key = redact(entry.key.left(64)).simplified();
            const bool isGroup = sectionNames().contains(entry.key);
            complain(entry.line, key,
                     isGroup ? QStringLiteral("must be a section, written as %1")
                                   .arg(entry.key == kCamera ? QStringLiteral("[[camera]]") : u'[' + entry.key + u']')
                             : QStringLiteral("unknown key") + suggestion(entry.key, keysOf(Scope::Agent)));
        }
        return;
    }
    if (!sectionNames().contains(section.name)) {
        complain(section.line, name, QStringLiteral("unknown section") + suggestion(section.name, sectionNames()));
        return;
    }
    if (section.listed)
        complain(section.line, name, QStringLiteral("write [%1], with one bracket; there is only one").arg(name));
    for (const TomlEntry &entry : section.entries)
        readEntry(entry, Scope::Agent, section.name + u'.' + entry.key, m_agent);
}

void AgentSettingsReader::readCameraSection(const TomlSection &section)
{
    if (section.name == kCamera) {
        m_cameras.append(CameraValues(section.line));
        if (!section.listed)
            complain(section.line, kCamera, QStringLiteral("write [[camera]], with two brackets, for each camera"));
    }
    CameraValues &camera = m_cameras.last(); // what is nested comes after what it is nested in
    Scope scope = Scope::Camera;
    Values *values = &camera;
    const auto only = {std::pair{Scope::CameraSub, &camera.sub}, std::pair{Scope::CameraRecording, &camera.recording},
                       std::pair{Scope::CameraControls, &camera.controls}};
    const auto found = std::find_if(only.begin(), only.end(), [&](const auto &each) { return section.name == sectionOf(each.first); });
    if (found != only.end()) {
        if (section.listed)
            complain(section.line, section.name, QStringLiteral("write [%1], with one bracket; a camera has only one").arg(section.name));
        std::tie(scope, values) = *found;
    } else if (section.name == sectionOf(Scope::CameraTarget)) {
        if (!section.listed)
            complain(section.line, section.name, QStringLiteral("write [[camera.target]], with two brackets, for each target"));
        scope = Scope::CameraTarget;
        camera.targets.append(defaults(scope));
        values = &camera.targets.last();
    }
    values->line = section.line;
    for (const TomlEntry &entry : section.entries)
        readEntry(entry, scope, entry.key, *values);
}

void AgentSettingsReader::readEntry(const TomlEntry &entry, Scope scope, const QString &key, Values &values)
{
    const QString prefix = scope == Scope::Agent ? QString() : sectionOf(scope) + u'.';
    const QString shown = prefix + redact(key.left(64)).simplified();
    const Setting *setting = findSetting(scope, key);
    if (!setting && nestedSections().contains(prefix + key)) {
        const bool many = prefix + key == sectionOf(Scope::CameraTarget);
        complain(entry.line, shown, QStringLiteral("must be a section, written as %1").arg((many ? QStringLiteral("[[%1]]") : QStringLiteral("[%1]")).arg(prefix + key)));
        return;
    }
    if (!setting) {
        complain(entry.line, shown, QStringLiteral("unknown key") + suggestion(key, keysOf(scope)));
        return;
    }
    values.lines.insert(key, entry.line);
    const auto value = checkOnly(*setting, entry.value);
    if (!value || (setting->type == Type::Integer && entry.fraction)) {
        complain(entry.line, shown, value ? QStringLiteral("must be an integer, written without '.' and exponent") : value.error().detail);
        return;
    }
    values.byKey.insert(key, setting->type == Type::Path ? QJsonValue(path(value->toString())) : *value);
}

void AgentSettingsReader::readEnvironment()
{
    for (const Setting &setting : settingsTable()) {
        if (setting.scope != Scope::Agent)
            continue;
        const auto held = m_environment.constFind(environmentName(setting));
        if (held == m_environment.constEnd())
            continue;
        m_result.settings.fromEnvironment.append(setting.key);
        const auto value = valueFromText(setting, *held);
        if (!value)
            complainEnvironment(environmentName(setting), value.error().detail);
        else
            m_agent.byKey.insert(setting.key, setting.type == Type::Path && !held->isEmpty()
                                                  ? QJsonValue(QDir(*held).absolutePath())
                                                  : *value);
    }
    m_result.problems.append(m_cameraOverrides.problems);
    readUnknownVariables();
}

/// The host name as far as an id may hold it.
static QString idFromHostName()
{
    QString id;
    for (const QChar c : QSysInfo::machineHostName().section(u'.', 0, 0).toLower()) {
        const bool good = (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9');
        if (good || !id.isEmpty())
            id += good ? c : QChar(u'-');
    }
    return id.isEmpty() ? QStringLiteral("agent") : id.left(kMaxIdLength);
}

void AgentSettingsReader::fillAgent()
{
    AgentSettings &out = m_result.settings;
    const auto orElse = [](const QString &value, const QString &fallback) {
        return value.isEmpty() ? fallback : value;
    };
    out.version = 1;
    out.id = orElse(m_agent.text("agent.id"), idFromHostName());
    out.name = orElse(m_agent.text("agent.name"), out.id);
    out.dataDir = orElse(m_agent.text("agent.data_dir"), defaultDataDir(m_environment));
    if (const QString why = whyNotWritableFolder(out.dataDir); !m_agent.missing("agent.data_dir") && !why.isEmpty())
        complainAbout("agent.data_dir", why);
    out.httpAddress = m_agent.text("http.address");
    out.httpPort = m_agent.integer("http.port");
    out.mqttHost = m_agent.text("mqtt.host");
    out.mqttPort = m_agent.integer("mqtt.port");
    out.mqttUsername = m_agent.text("mqtt.username");
    out.mqttPassword = Secret(m_agent.text("mqtt.password"));
    out.mqttTls = m_agent.boolean("mqtt.tls");
    out.mqttCaFile = m_agent.text("mqtt.ca_file");
    out.liveKitRoom = orElse(m_agent.text("livekit.room"), out.id);
    readLiveKitVariables();
    out.senseHat = m_agent.text("sense_hat.kind");
    out.logFormat = m_agent.text("log.format");
    out.clockTrust = m_agent.text("clock.trust");
    out.spoolMaxMb = m_agent.integer("spool.max_mb");
    out.spoolMaxDays = m_agent.integer("spool.max_days");
    fillRecording();
    checkHttp();
    checkMqtt();
    checkRelay();
}

void AgentSettingsReader::fillRecording()
{
    AgentSettings &out = m_result.settings;
    out.recordingFolder = m_agent.text("recording.folder");
    out.segmentSeconds = m_agent.integer("recording.segment_seconds");
    out.recordingMaxDays = m_agent.integer("recording.max_days");
    out.recordingMaxGb = m_agent.integer("recording.max_gb");
    out.recordingMinFreeMb = m_agent.integer("recording.min_free_mb");
    if (out.recordingFolder.isEmpty())
        out.recordingFolder = out.dataDir + QStringLiteral("/recordings");
    else if (const QString why = whyNotWritableFolder(out.recordingFolder); !why.isEmpty())
        noteAbout("recording.folder", why + QStringLiteral("; nothing is recorded as long as that is so")); // live video goes on
}

void AgentSettingsReader::readLiveKitVariables()
{
    m_result.settings.liveKit = readLiveKit(m_environment);
    if (m_result.settings.liveKit)
        return;
    for (const char *name : {"LIVEKIT_HOST", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_ICE_SERVERS"}) {
        if (!m_environment.value(QLatin1String(name)).isEmpty())
            noEffect(QLatin1String(name), m_result.settings.liveKit.error().detail);
    }
}

void AgentSettingsReader::checkHttp()
{
    QString &address = m_result.settings.httpAddress;
    QHostAddress parsed(address);
    bool mapped = false;
    if (const quint32 v4 = parsed.toIPv4Address(&mapped); mapped)
        parsed = QHostAddress(v4); // "::ffff:127.0.0.1" is the IPv4 address
    if (parsed.isNull())
        complainAbout(
            "http.address",
            QStringLiteral("\"%1\" is no IP address; use 127.0.0.1 or ::1").arg(redact(address.left(60)).simplified()));
    else if (!parsed.isLoopback())
        complainAbout("http.address",
                      QStringLiteral("%1 is refused until access tokens exist; use 127.0.0.1 or ::1").arg(address));
    else
        address = parsed.toString(); // "127.1" is one, too
}

void AgentSettingsReader::checkMqtt()
{
    const AgentSettings &out = m_result.settings;
    if (out.mqttHost.contains(u'/') || out.mqttHost.contains(u'@') || out.mqttHost.contains(u' '))
        complainAbout("mqtt.host",
                      QStringLiteral("must be a host name or an address alone, without mqtt://, user or port"));
    if (!out.mqttCaFile.isEmpty() && !isReadableFile(out.mqttCaFile))
        complainAbout("mqtt.ca_file", QStringLiteral("%1 cannot be read").arg(out.mqttCaFile));
}

void AgentSettingsReader::checkRelay()
{
    AgentSettings &out = m_result.settings;
    const QString url = withoutTrailingSlash(m_agent.text("relay.url"));
    QString publicUrl = withoutTrailingSlash(m_agent.text("relay.public_url"));
    if (!publicUrl.isEmpty() && hasUser(publicUrl))
        complainAbout("relay.public_url", QStringLiteral("must not hold a user or password: every console is told it"));
    if (url.isEmpty())
        publicUrl.clear(); // nothing is pushed there
    else if (publicUrl.isEmpty())
        publicUrl = withoutTrailingSlash(withoutUser(url).section(u'?', 0, 0)); // the token is for pushing
    out.relayUrl = Secret(url);
    out.relayPublicUrl = publicUrl;
}

QString Problem::text() const
{
    QString out = file;
    if (line > 0)
        out += QStringLiteral(":%1").arg(line);
    if (!key.isEmpty())
        out += QStringLiteral(": ") + key;
    return out + QStringLiteral(": ") + sentence;
}

bool environmentSaysAll(const QHash<QString, QString> &environment)
{
    return readCameraOverrides(environment).any;
}

LoadResult loadAgentSettings(const QString &path, const QHash<QString, QString> &environment, const QString &unsaidSource)
{
    return AgentSettingsReader(path, environment, unsaidSource).load();
}

} // namespace vedette::settings
