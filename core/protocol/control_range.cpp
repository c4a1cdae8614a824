// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/control_range.h"

#include <QJsonArray>

namespace vedette::protocol {
namespace {

using L = QLatin1String;

constexpr qsizetype kMaxControls = 64;
constexpr qsizetype kMaxWord = 64;

} // namespace

QJsonObject toJson(const QList<ControlRange> &ranges)
{
    QJsonObject out;
    for (const ControlRange &range : ranges) {
        QJsonObject each;
        if (!range.words.isEmpty()) {
            each.insert(L("choices"), QJsonArray::fromStringList(range.words));
        } else if (range.minimum < range.maximum) {
            each.insert(L("min"), range.minimum);
            each.insert(L("max"), range.maximum);
        }
        if (range.byDefault)
            each.insert(L("default"), *range.byDefault);
        out.insert(range.key, each);
    }
    return out;
}

QList<ControlRange> parseControlRanges(const QJsonObject &json)
{
    QList<ControlRange> out;
    for (auto each = json.begin(); each != json.end() && out.size() < kMaxControls; ++each) {
        if (!each.value().isObject() || each.key().size() > kMaxWord)
            continue;
        const QJsonObject object = each.value().toObject();
        ControlRange range{each.key(), object.value(L("min")).toDouble(), object.value(L("max")).toDouble(), std::nullopt, {}};
        if (object.value(L("default")).isDouble())
            range.byDefault = object.value(L("default")).toDouble();
        for (const QJsonValue &word : object.value(L("choices")).toArray()) {
            if (word.isString() && word.toString().size() <= kMaxWord && range.words.size() < kMaxControls)
                range.words.append(word.toString());
        }
        out.append(range);
    }
    return out;
}

} // namespace vedette::protocol
