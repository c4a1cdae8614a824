// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace vedette::protocol {

/// MQTT topics under vedette/1/<agent>/ (ARCHITECTURE.md, Wire).
enum class Topic {
    Online,    ///< retained, {"online":bool,"boot_id":…,"time_us":…}; last will {"online":false}; again every 5 s
    Status,    ///< retained, AgentStatus
    Telemetry, ///< live samples, QoS 1, SampleBatch
    Backlog,   ///< spool rows not sent before, QoS 1, SampleBatch
    Event,     ///< QoS 1
    Command,   ///< request with response topic and correlation data
    Reply,     ///< reply/<console>
};

struct ParsedTopic {
    QString agent;
    Topic topic;
    QString console; ///< only for Reply
};

/// "vedette/1/<agent>/<word>"; console is needed for Reply only.
QString topicName(const QString &agent, Topic topic, const QString &console = {});
/// Subscription of a console: "vedette/1/+/<word>".
QString allAgents(Topic topic);
/// Empty for anything that is not ours.
std::optional<ParsedTopic> parseTopic(const QString &name);

} // namespace vedette::protocol
