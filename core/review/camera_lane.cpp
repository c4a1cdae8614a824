// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/camera_lane.h"

#include "core/recordings/library.h"
#include "core/review/time_axis.h"

#include <algorithm>

namespace vedette::review {

namespace {

using recordings::ViewSpan;
using namespace std::chrono;

constexpr minutes kFirstLook{10};
constexpr int kWider = 8;

SpanKind kindOf(const ViewSpan &span)
{
    switch (span.kind) {
    case ViewSpan::Kind::Recorded:
    case ViewSpan::Kind::Mixed: return spanKindOf(span.custody);
    case ViewSpan::Kind::Gap: return SpanKind::Gap;
    case ViewSpan::Kind::Nothing: return SpanKind::Nothing;
    case ViewSpan::Kind::Asking: return SpanKind::Asking;
    case ViewSpan::Kind::Silent: return SpanKind::Silent;
    }
    return SpanKind::Nothing;
}

} // namespace

CameraLane::CameraLane(recordings::Library &library, protocol::RecordingLane lane, QString name)
    : m_library(library), m_lane(std::move(lane)), m_name(name.isEmpty() ? m_lane.camera : std::move(name))
{
    connect(&library, &recordings::Library::changed, this, [this](const protocol::RecordingLane &changedLane) {
        if (changedLane == m_lane)
            Q_EMIT changed();
    });
}

void CameraLane::setMarks(std::vector<LaneMark> marks)
{
    if (marks == m_marks)
        return;
    m_marks = std::move(marks);
    Q_EMIT changed();
}

LaneContent CameraLane::content(UtcTime from, UtcTime to, microseconds finest)
{
    const recordings::LaneView view = m_library.view(m_lane, from, to, finest);
    LaneContent content;
    content.from = from;
    content.to = to;
    content.spans.reserve(std::size_t(view.spans.size()));
    for (const ViewSpan &span : view.spans) {
        if (span.kind == ViewSpan::Kind::Mixed) {
            // Too short to be told apart: in this order, the sums are right.
            const UtcTime end = span.from + microseconds{std::int64_t(double((span.to - span.from).count()) * std::clamp(span.recorded, 0.0, 1.0))};
            if (end > span.from)
                content.spans.push_back({span.from, end, spanKindOf(span.custody)});
            if (end < span.to)
                content.spans.push_back({end, span.to, SpanKind::Gap});
        } else if (span.kind != ViewSpan::Kind::Nothing) {
            content.spans.push_back({span.from, span.to, kindOf(span)});
        }
    }
    content.marks = m_marks;
    return content;
}

SpanKind CameraLane::kindAt(UtcTime at) const
{
    const recordings::LaneView view = m_library.view(m_lane, at, at + milliseconds{1});
    return view.spans.isEmpty() ? SpanKind::Nothing : kindOf(view.spans.first());
}

std::optional<LaneDetail> CameraLane::detail(UtcTime at)
{
    for (microseconds beside = kFirstLook;; beside = std::min<microseconds>(beside * kWider, TimeAxis::kLongest)) {
        const recordings::LaneView view = m_library.view(m_lane, std::max(TimeAxis::kBegin, at - beside), at + beside);
        const auto span = std::find_if(view.spans.begin(), view.spans.end(), [at](const ViewSpan &s) { return s.from <= at && at < s.to; });
        if (span == view.spans.end())
            return {};
        const bool whole = span->from > view.from && span->to < view.to;
        const SpanKind kind = kindOf(*span);
        const bool followed = kind == SpanKind::Gap || kind == SpanKind::Expired || kind == SpanKind::Lost;
        if (followed && !whole && beside < TimeAxis::kLongest)
            continue;
        LaneDetail detail;
        detail.from = span->from;
        detail.to = span->to;
        detail.kind = kind;
        if (span->kind == ViewSpan::Kind::Gap)
            detail.reason = span->gap;
        detail.sources = span->sources.join(QStringLiteral(", "));
        if (detail.kind == SpanKind::Silent) {
            for (const QString &source : m_library.sources()) {
                if (const QString problem = m_library.problemOf(source); !problem.isEmpty() && detail.remark.isEmpty())
                    detail.remark = problem;
            }
        }
        return detail;
    }
}

} // namespace vedette::review
