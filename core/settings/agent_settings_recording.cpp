// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/agent_settings_reader.h"

namespace vedette::settings {
namespace {

const auto kSection = QStringLiteral("camera.recording.");

RecordingMode modeOf(const QString &word)
{
    if (word == QLatin1String("continuous"))
        return RecordingMode::Continuous;
    if (word == QLatin1String("schedule"))
        return RecordingMode::Schedule;
    return word == QLatin1String("trigger") ? RecordingMode::Trigger : RecordingMode::Off;
}

} // namespace

RecordingSettings AgentSettingsReader::recording(const Values &values, const SubSettings &sub)
{
    const QString streams = values.text("streams");
    const RecordingMode mode = modeOf(values.text("mode"));
    RecordingSettings recording;
    recording.preRoll = std::chrono::seconds{values.integer("pre_seconds")};
    recording.postRoll = std::chrono::seconds{values.integer("post_seconds")};
    if (streams != QLatin1String("sub"))
        recording.main = mode;
    if (streams != QLatin1String("main"))
        recording.sub = values.text("sub_mode") == QLatin1String("same") ? mode : modeOf(values.text("sub_mode"));
    const auto any = [&recording](RecordingMode wanted) { return recording.main == wanted || recording.sub == wanted; };
    if (recording.sub != RecordingMode::Off && !sub.enabled)
        complain(values.lineOf("streams"), kSection + QStringLiteral("streams"), QStringLiteral("names the sub stream, and [camera.sub] enabled is not true"));
    if (values.lines.contains(QStringLiteral("sub_mode")) && streams == QLatin1String("main"))
        noEffect(values.lineOf("sub_mode"), kSection + QStringLiteral("sub_mode"), QStringLiteral("streams does not name the sub stream"));
    for (const char *key : {"schedule", "time_zone"}) {
        if (values.lines.contains(QLatin1String(key)) && !any(RecordingMode::Schedule))
            noEffect(values.lineOf(key), kSection + QLatin1String(key), QStringLiteral("no stream here has mode schedule"));
    }
    for (const char *key : {"pre_seconds", "post_seconds"}) {
        if (values.lines.contains(QLatin1String(key)) && !any(RecordingMode::Trigger))
            noEffect(values.lineOf(key), kSection + QLatin1String(key), QStringLiteral("no stream here has mode trigger"));
    }
    if (any(RecordingMode::Schedule) || !values.text("schedule").isEmpty())
        recording.schedule = schedule(values);
    return recording;
}

WeekSchedule AgentSettingsReader::schedule(const Values &values)
{
    const QString name = values.text("time_zone");
    const QTimeZone zone = name.isEmpty() ? QTimeZone::systemTimeZone() : QTimeZone(name.toUtf8());
    if (!zone.isValid())
        complain(values.lineOf("time_zone"), kSection + QStringLiteral("time_zone"),
                 QStringLiteral("is \"%1\", which this machine does not know; IANA names are as Europe/Berlin").arg(name.left(60)));
    if (values.missing("schedule")) {
        complain(values.lineOf("mode"), kSection + QStringLiteral("schedule"), QStringLiteral("is missing, but a stream has mode schedule"));
        return {};
    }
    auto schedule = WeekSchedule::parse(values.text("schedule"), zone);
    if (!schedule)
        complain(values.lineOf("schedule"), kSection + QStringLiteral("schedule"), schedule.error().detail);
    return schedule ? *std::move(schedule) : WeekSchedule();
}

} // namespace vedette::settings
