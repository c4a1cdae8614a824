// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/coverage.h"

#include "core/protocol/ids.h"
#include "core/protocol/json_reader.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <array>

namespace vedette::protocol {
namespace {

constexpr std::array kGapWords{"starting",   "source_lost",   "source_stalled",     "encoder_failed", "disk_full",  "io_error",
                               "not_scheduled", "no_trigger", "paused_by_operator", "agent_stopped",  "clock_step", "clock_unknown",
                               "power_loss", "overload",      "expired",            "unknown"};
static_assert(kGapWords.size() == static_cast<std::size_t>(GapReason::Unknown) + 1);
constexpr std::array kCustodyWords{"on_edge", "in_transit", "stored", "expired", "lost"};
static_assert(kCustodyWords.size() == static_cast<std::size_t>(Custody::Lost) + 1);

template <typename Value, std::size_t N>
std::optional<Value> valueOf(const std::array<const char *, N> &words, QStringView word)
{
    const auto found = std::find_if(words.begin(), words.end(), [word](const char *each) { return word == QLatin1String(each); });
    return found == words.end() ? std::nullopt : std::optional(static_cast<Value>(found - words.begin()));
}

bool saysTheSame(const CoverageSpan &a, const CoverageSpan &b)
{
    return a.gap == b.gap && (a.gap || a.custody == b.custody);
}

/// Appends [from, to) as what is said of it.
void append(QList<CoverageSpan> &spans, UtcTime from, UtcTime to, const CoverageSpan &said)
{
    if (from >= to)
        return;
    if (!spans.isEmpty() && spans.last().to == from && saysTheSame(spans.last(), said))
        spans.last().to = to;
    else
        spans.append({from, to, said.gap, said.custody});
}

/// Those of one kind in order, without what an earlier one has said.
QList<CoverageSpan> ordered(const QList<CoverageSpan> &said, bool recorded)
{
    QList<CoverageSpan> spans;
    std::copy_if(said.begin(), said.end(), std::back_inserter(spans), [recorded](const CoverageSpan &s) { return !s.gap == recorded && s.from < s.to; });
    std::stable_sort(spans.begin(), spans.end(), [](const CoverageSpan &a, const CoverageSpan &b) { return a.from < b.from; });
    UtcTime told = UtcTime::min();
    for (CoverageSpan &span : spans) {
        span.from = std::max(span.from, told);
        told = std::max(told, span.to);
    }
    return spans;
}

/// Over what is in spans, from end to end, below gives what nobody spoke of.
template <typename Below>
QList<CoverageSpan> lay(UtcTime from, UtcTime to, const QList<CoverageSpan> &spans, Below below)
{
    QList<CoverageSpan> out;
    UtcTime at = from;
    for (const CoverageSpan &span : spans) {
        const UtcTime begin = std::clamp(span.from, at, to);
        const UtcTime end = std::clamp(span.to, at, to);
        below(out, at, begin);
        append(out, begin, end, span);
        at = end;
    }
    below(out, at, to);
    return out;
}

CoverageSpan readSpan(JsonReader &reader)
{
    CoverageSpan span;
    span.from = reader.time(QLatin1String("from_us"));
    span.to = reader.time(QLatin1String("to_us"));
    if (reader.has(QLatin1String("gap"))) {
        span.gap = gapReasonFromString(reader.text(QLatin1String("gap"))).value_or(GapReason::Unknown); // a newer agent's
    } else if (const auto custody = custodyFromString(reader.text(QLatin1String("custody")))) {
        span.custody = *custody;
    } else {
        reader.refuse(QStringLiteral("custody"), QStringLiteral("is none"));
    }
    return span;
}

} // namespace

QString toString(GapReason reason)
{
    return QString::fromLatin1(kGapWords.at(static_cast<std::size_t>(reason)));
}

std::optional<GapReason> gapReasonFromString(QStringView word)
{
    return valueOf<GapReason>(kGapWords, word);
}

QString toString(Custody custody)
{
    return QString::fromLatin1(kCustodyWords.at(static_cast<std::size_t>(custody)));
}

std::optional<Custody> custodyFromString(QStringView word)
{
    return valueOf<Custody>(kCustodyWords, word);
}

std::optional<double> Coverage::ratio() const
{
    if (from >= to)
        return std::nullopt;
    microseconds recorded{0};
    for (const CoverageSpan &span : spans) {
        if (!span.gap)
            recorded += span.to - span.from;
    }
    return static_cast<double>(recorded.count()) / static_cast<double>((to - from).count());
}

QList<CoverageSpan> makeCoverage(UtcTime from, UtcTime to, QList<CoverageSpan> said)
{
    const CoverageSpan nobody{from, to, GapReason::Unknown, {}};
    const QList<CoverageSpan> gaps =
        lay(from, to, ordered(said, false), [&nobody](QList<CoverageSpan> &out, UtcTime a, UtcTime b) { append(out, a, b, nobody); });
    auto gap = gaps.begin();
    return lay(from, to, ordered(said, true), [&](QList<CoverageSpan> &out, UtcTime a, UtcTime b) {
        for (; gap != gaps.end() && gap->from < b; ++gap) {
            append(out, std::max(a, gap->from), std::min(b, gap->to), *gap);
            if (gap->to > b)
                break; // goes on behind what is recorded
        }
    });
}

QByteArray toJson(const Coverage &coverage)
{
    QJsonArray spans;
    for (const CoverageSpan &span : coverage.spans) {
        QJsonObject object{{QStringLiteral("from_us"), static_cast<qint64>(toMicros(span.from))},
                           {QStringLiteral("to_us"), static_cast<qint64>(toMicros(span.to))}};
        if (span.gap)
            object.insert(QStringLiteral("gap"), toString(*span.gap));
        else
            object.insert(QStringLiteral("custody"), toString(span.custody));
        spans.append(object);
    }
    QJsonObject object{{QStringLiteral("camera"), coverage.camera},
                       {QStringLiteral("stream"), coverage.stream},
                       {QStringLiteral("from_us"), static_cast<qint64>(toMicros(coverage.from))},
                       {QStringLiteral("to_us"), static_cast<qint64>(toMicros(coverage.to))},
                       {QStringLiteral("spans"), spans}};
    if (const auto ratio = coverage.ratio())
        object.insert(QStringLiteral("ratio"), *ratio);
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

Result<Coverage> parseCoverage(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    Coverage coverage;
    coverage.camera = reader.id(QLatin1String("camera"));
    coverage.stream = reader.text(QLatin1String("stream"));
    coverage.from = reader.time(QLatin1String("from_us"));
    coverage.to = reader.time(QLatin1String("to_us"));
    UtcTime at = coverage.from;
    reader.objects(QLatin1String("spans"), [&](JsonReader &each) {
        const CoverageSpan span = readSpan(each);
        if (span.from != at || span.to <= span.from)
            each.refuse(QStringLiteral("from_us"), QStringLiteral("does not continue the span before"));
        at = span.to;
        coverage.spans.append(span);
    });
    if (at != coverage.to)
        reader.refuse(QStringLiteral("spans"), QStringLiteral("do not reach to_us"));
    if (error)
        return fail(*error);
    return coverage;
}

} // namespace vedette::protocol
