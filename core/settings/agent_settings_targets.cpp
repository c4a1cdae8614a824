// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/agent_settings_reader.h"

#include "core/settings/target_address.h"

namespace vedette::settings {

SubSettings AgentSettingsReader::sub(const Values &values, const QString &source)
{
    SubSettings sub;
    const QString enabled = QStringLiteral("enabled");
    sub.enabled = values.byKey.contains(enabled) ? values.boolean("enabled") : source != QLatin1String("url") && source != QLatin1String("rpicam");
    sub.width = values.integer("width");
    sub.height = values.integer("height");
    sub.framerate = values.number("framerate");
    sub.bitrateKbps = values.integer("bitrate_kbps");
    for (const char *key : {"width", "height"}) {
        if (values.integer(key) % 2 != 0)
            complain(values.lineOf(key), QStringLiteral("camera.sub.") + QLatin1String(key),
                     QStringLiteral("is %1; it must be even").arg(values.integer(key)));
    }
    return sub;
}

TargetSettings AgentSettingsReader::target(const Values &values, const CameraSettings &camera)
{
    const auto wrong = [&](const char *key, const QString &sentence) {
        complain(values.lineOf(key), QStringLiteral("camera.target.") + QLatin1String(key), sentence);
    };
    TargetSettings target;
    const QString name = values.text("name");
    target.name = name.isEmpty() ? QStringLiteral("target-%1").arg(camera.targets.size() + 1) : name;
    target.stream = values.text("stream");
    target.enabled = values.boolean("enabled");
    for (const TargetSettings &other : camera.targets) {
        if (other.name == target.name)
            wrong("name", QStringLiteral("\"%1\" is the name of two targets of camera %2").arg(target.name, camera.id));
    }
    if (target.name == QLatin1String("relay"))
        wrong("name", QStringLiteral("\"relay\" stands for the relay; take another name"));
    if (target.stream == QLatin1String("sub") && !camera.sub.enabled)
        wrong("stream", QStringLiteral("is \"sub\", but camera %1 has no sub stream; set enabled in [camera.sub]").arg(camera.id));
    const QString url = values.text("url");
    if (values.missing("url"))
        wrong("url", QStringLiteral("is missing"));
    const QString file = values.text("key_file");
    const QString variable = values.text("key_env");
    target.shownUrl = shownTargetUrl(url, !file.isEmpty() || !variable.isEmpty());
    if (url.isEmpty() || !target.enabled) // a key that is not there yet is no reason not to start
        return target;
    if (!file.isEmpty() && !variable.isEmpty()) {
        wrong("key_env", QStringLiteral("stands beside key_file; one of them is enough"));
        return target;
    }
    const auto key = readTargetKey(file, variable, m_environment);
    if (!key)
        wrong(variable.isEmpty() ? "key_file" : "key_env", key.error().detail);
    else if (const auto address = targetUrl(url, *key); !address)
        wrong("url", address.error().detail);
    else
        target.url = *address;
    if (values.text("transport") == QLatin1String("tcp"))
        return target;
    if (!url.startsWith(QLatin1String("rtsp://"), Qt::CaseInsensitive)) {
        wrong("transport", QStringLiteral("is \"udp\", which only an rtsp:// target takes"));
    } else if (!target.url.isEmpty()) {
        const QString whole = target.url.reveal();
        target.url = Secret(whole + (whole.contains(u'?') ? u'&' : u'?') + QStringLiteral("transport=udp"));
    }
    return target;
}

/// Two publishers of one path put each other out, or are refused in turn.
void AgentSettingsReader::refuseTwinTargets()
{
    const AgentSettings &out = m_result.settings;
    QHash<QString, QString> takenBy; // by place
    const auto of = [](const QString &target, const CameraSettings &camera) { return QStringLiteral("\"%1\" of camera %2").arg(target, camera.id); };
    const QString relay = QStringLiteral("relay");
    for (const CameraSettings &camera : out.cameras) {
        if (!camera.publish)
            continue;
        const QString url = out.relayUrl.reveal();
        if (!camera.pushUrl.isEmpty())
            takenBy.insert(placeOf(camera.pushUrl.reveal()), of(relay, camera));
        else if (!url.isEmpty())
            takenBy.insert(placeOf(relayStreamUrl(url, camera.id)), of(relay, camera));
        if (!url.isEmpty() && camera.sub.enabled)
            takenBy.insert(placeOf(relayStreamUrl(url, camera.id, QStringLiteral("sub"))), of(relay + QStringLiteral("/sub"), camera));
    }
    for (qsizetype i = 0; i < out.cameras.size(); ++i) {
        const CameraSettings &camera = out.cameras[i];
        for (qsizetype t = 0; t < camera.targets.size(); ++t) {
            const TargetSettings &target = camera.targets[t];
            if (target.url.isEmpty() || !target.enabled)
                continue;
            const QString place = placeOf(target.url.reveal());
            if (const auto taken = takenBy.constFind(place); taken != takenBy.constEnd())
                complain(m_cameras[i].targets[t].lineOf("url"), QStringLiteral("camera.target.url"),
                         QStringLiteral("of %1 is the place that %2 is pushed to; a place takes one stream").arg(of(target.name, camera), *taken));
            else
                takenBy.insert(place, of(target.name, camera));
        }
    }
}

} // namespace vedette::settings
