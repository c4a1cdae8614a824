// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_targets.h"

#include "core/base/secret.h"
#include "core/settings/target_address.h"

namespace vedette::agent {
namespace {

constexpr milliseconds kRelayPause{10'000}; // the relay is ours: viewers wait for it

} // namespace

CameraTargets::CameraTargets(const settings::CameraSettings &camera, const QString &relayUrl, const Clock &clock,
                             const std::shared_ptr<media::PacketTee> &main, const std::shared_ptr<media::PacketTee> &sub)
    : m_camera(camera.id), m_clock(clock)
{
    const QString relay = QStringLiteral("relay");
    const QString stage = QStringLiteral("publisher");
    const QString ofSub = QStringLiteral("/sub");
    const auto toRelay = [&](const QString &part, const QString &url, const std::shared_ptr<media::PacketTee> &tee) {
        add(relay + part, stage + part, {camera.id, QStringLiteral("The relay"), Secret(url), redact(url), kRelayPause}, tee);
    };
    if (!camera.publish)
        addIdle(relay, stage, QStringLiteral("pushing is switched off for this camera"));
    else if (relayUrl.isEmpty() && camera.pushUrl.isEmpty())
        addIdle(relay, stage, QStringLiteral("no relay is set"));
    else
        toRelay({}, camera.pushUrl.isEmpty() ? settings::relayStreamUrl(relayUrl, camera.id) : camera.pushUrl.reveal(), main);
    if (sub && camera.publish && !relayUrl.isEmpty())
        toRelay(ofSub, settings::relayStreamUrl(relayUrl, camera.id, QStringLiteral("sub")), sub);
    for (const settings::TargetSettings &target : camera.targets) {
        const QString own = QStringLiteral("target/") + target.name;
        const auto &tee = target.stream == QLatin1String("sub") ? sub : main;
        if (!target.enabled)
            addIdle(target.name, own, QStringLiteral("switched off"));
        else if (!tee)
            addIdle(target.name, own, QStringLiteral("the camera has no sub stream"));
        else
            add(target.name, own, {camera.id, QStringLiteral("Target ") + target.name, target.url, target.shownUrl}, tee);
    }
}

void CameraTargets::add(const QString &name, const QString &stage, PublishTarget target, const std::shared_ptr<media::PacketTee> &tee)
{
    auto entry = std::make_unique<Entry>(name, m_camera, stage, m_clock);
    entry->publisher = std::make_unique<Publisher>(std::move(target), m_clock, tee, reportTo(entry->stage));
    m_entries.push_back(std::move(entry));
}

void CameraTargets::addIdle(const QString &name, const QString &stage, const QString &reason)
{
    m_entries.push_back(std::make_unique<Entry>(name, m_camera, stage, m_clock));
    m_entries.back()->stage.set(protocol::StageState::Idle, reason, std::nullopt);
}

void CameraTargets::start()
{
    for (const auto &each : m_entries) {
        if (each->publisher)
            each->publisher->start();
    }
}

void CameraTargets::requestStop()
{
    for (const auto &each : m_entries) {
        if (each->publisher)
            each->publisher->requestStop();
    }
}

void CameraTargets::stop()
{
    requestStop();
    for (const auto &each : m_entries) {
        if (each->publisher)
            each->publisher->stop();
    }
}

QList<protocol::StageStatus> CameraTargets::stages() const
{
    QList<protocol::StageStatus> stages;
    for (const auto &each : m_entries)
        stages.append(each->stage.status());
    return stages;
}

QStringList CameraTargets::silent(MonoTime now) const
{
    QStringList names;
    for (const auto &each : m_entries) {
        if (each->publisher && each->publisher->pulse().silent(now))
            names.append(each->name);
    }
    return names;
}

QList<TargetFigures> CameraTargets::figures() const
{
    QList<TargetFigures> figures;
    for (const auto &each : m_entries)
        figures.append({each->name, each->stage.status().state, each->publisher ? each->publisher->counts() : Publisher::Counts{}});
    return figures;
}

} // namespace vedette::agent
