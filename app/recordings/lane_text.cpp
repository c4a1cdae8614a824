// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/lane_text.h"

#include "core/review/time_ticks.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace vedette::app {

namespace {

using protocol::GapReason;
using review::SpanKind;

QString tr(const char *text)
{
    return QCoreApplication::translate("LaneText", text);
}

} // namespace

QString spanWord(SpanKind kind)
{
    switch (kind) {
    case SpanKind::OnEdge: return tr("On edge");
    case SpanKind::InTransit: return tr("In transit");
    case SpanKind::Stored: return tr("Stored");
    case SpanKind::Expired: return tr("Expired");
    case SpanKind::Lost: return tr("Lost");
    case SpanKind::Gap: return tr("Gap");
    case SpanKind::Silent: return tr("No answer");
    case SpanKind::Asking: return tr("Asking");
    case SpanKind::Nothing: return tr("Not recorded");
    }
    return {};
}

QString reasonSentence(GapReason reason)
{
    switch (reason) {
    case GapReason::Starting: return tr("The agent was starting.");
    case GapReason::SourceLost: return tr("The camera was not there.");
    case GapReason::SourceStalled: return tr("The camera gave no new pictures.");
    case GapReason::EncoderFailed: return tr("The encoder failed.");
    case GapReason::DiskFull: return tr("The disk was full.");
    case GapReason::IoError: return tr("The disk could not be written.");
    case GapReason::NotScheduled: return tr("The schedule has no recording here.");
    case GapReason::NoTrigger: return tr("Nothing triggered a recording.");
    case GapReason::PausedByOperator: return tr("An operator had paused the recording.");
    case GapReason::AgentStopped: return tr("The agent was stopped.");
    case GapReason::ClockStep: return tr("The clock was set forward: this time did not pass.");
    case GapReason::ClockUnknown: return tr("The agent did not know the time yet.");
    case GapReason::PowerLoss: return tr("The Pi lost its power or was killed.");
    case GapReason::Overload: return tr("The Pi or its disk was too slow.");
    case GapReason::Expired: return tr("The recording was deleted when its time had come.");
    case GapReason::Unknown: return tr("Nobody knows why.");
    }
    return {};
}

QString lengthText(microseconds length)
{
    using namespace std::chrono;
    length = std::max(length, microseconds{0});
    if (length < seconds{1})
        return tr("%1 s").arg(QLocale().toString(double(length.count()) / 1e6, 'f', 2));
    struct Unit {
        std::int64_t seconds;
        const char *text;
    };
    static constexpr Unit kUnits[] = {{86'400, QT_TRANSLATE_NOOP("LaneText", "%1 d")},
                                      {3600, QT_TRANSLATE_NOOP("LaneText", "%1 h")},
                                      {60, QT_TRANSLATE_NOOP("LaneText", "%1 min")},
                                      {1, QT_TRANSLATE_NOOP("LaneText", "%1 s")}};
    std::int64_t left = round<seconds>(length).count();
    for (std::size_t i = 0; i < std::size(kUnits); ++i) {
        if (left < kUnits[i].seconds)
            continue;
        QString text = tr(kUnits[i].text).arg(left / kUnits[i].seconds);
        left %= kUnits[i].seconds;
        if (i + 1 < std::size(kUnits) && left / kUnits[i + 1].seconds > 0)
            text += QLatin1Char(' ') + tr(kUnits[i + 1].text).arg(left / kUnits[i + 1].seconds);
        return text;
    }
    return tr("%1 s").arg(0);
}

LaneWords describe(const review::LaneDetail &detail, const QString &lane, UtcTime now, const QTimeZone &zone)
{
    const QString length = lengthText(detail.to - detail.from);
    const auto moment = [&](UtcTime at, bool withDate) {
        const QString clock = review::clockText(at, zone, detail.to - detail.from < std::chrono::seconds{10});
        return withDate ? review::dateText(at, now, zone) + QLatin1Char(' ') + clock : clock;
    };
    const QString today = review::dateText(now, now, zone);
    const QString first = review::dateText(detail.from, now, zone), last = review::dateText(detail.to, now, zone);
    LaneWords words;
    // Only gaps and what is gone are followed to both ends.
    const bool whole = detail.kind == SpanKind::Gap || detail.kind == SpanKind::Expired || detail.kind == SpanKind::Lost;
    words.where = !whole ? lane : tr("%1, %2 – %3").arg(lane, moment(detail.from, first != today), moment(detail.to, last != first));
    switch (detail.kind) {
    case SpanKind::Gap:
        words.title = tr("No recording for %1").arg(length);
        words.why = reasonSentence(detail.reason.value_or(GapReason::Unknown));
        break;
    case SpanKind::Expired: words.title = tr("Deleted, its time had come: %1").arg(length); break;
    case SpanKind::Lost: words.title = tr("Lost: %1").arg(length); break;
    case SpanKind::Silent: words.title = tr("No source answers"); break;
    case SpanKind::Asking: words.title = tr("Asking the sources"); break;
    case SpanKind::Nothing: words.title = tr("Nothing was recorded"); break;
    default:
        words.title = spanWord(detail.kind);
        words.why = detail.sources;
        break;
    }
    words.more = detail.remark;
    return words;
}

} // namespace vedette::app
