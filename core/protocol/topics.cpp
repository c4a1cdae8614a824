// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/topics.h"

#include "core/protocol/ids.h"

#include <QStringList>

#include <algorithm>
#include <array>

namespace vedette::protocol {
namespace {

struct Word {
    Topic topic;
    QLatin1String word;
};

constexpr QLatin1String kRoot("vedette/1/");
constexpr std::array<Word, 7> kWords{{
    {Topic::Online, QLatin1String("online")},
    {Topic::Status, QLatin1String("status")},
    {Topic::Telemetry, QLatin1String("telemetry")},
    {Topic::Backlog, QLatin1String("backlog")},
    {Topic::Event, QLatin1String("event")},
    {Topic::Command, QLatin1String("command")},
    {Topic::Reply, QLatin1String("reply")},
}};

QLatin1String wordOf(Topic topic)
{
    for (const Word &word : kWords) {
        if (word.topic == topic)
            return word.word;
    }
    return {};
}

/// A console names itself, for example by a UUID: longer than an id, and one MQTT level.
bool isConsoleName(QStringView name)
{
    return !name.isEmpty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'-' ||
               c == u'_';
    });
}

} // namespace

QString topicName(const QString &agent, Topic topic, const QString &console)
{
    QString name = kRoot + agent + u'/' + wordOf(topic);
    if (topic == Topic::Reply)
        name += u'/' + console;
    return name;
}

QString allAgents(Topic topic)
{
    return topicName(QStringLiteral("+"), topic, QStringLiteral("+"));
}

std::optional<ParsedTopic> parseTopic(const QString &name)
{
    if (!name.startsWith(kRoot))
        return std::nullopt;
    const QList<QStringView> levels = QStringView(name).sliced(kRoot.size()).split(u'/');
    if (levels.size() < 2 || !isValidId(levels[0]))
        return std::nullopt;
    for (const Word &word : kWords) {
        if (levels[1] != word.word)
            continue;
        const bool reply = word.topic == Topic::Reply;
        if (levels.size() != (reply ? 3 : 2) || (reply && !isConsoleName(levels[2])))
            return std::nullopt;
        return ParsedTopic{levels[0].toString(), word.topic, reply ? levels[2].toString() : QString()};
    }
    return std::nullopt;
}

} // namespace vedette::protocol
