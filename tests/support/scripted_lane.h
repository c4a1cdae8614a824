// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/review/lane.h"

#include <algorithm>

namespace vedette::test {

/// A lane that shows what it is given.
class ScriptedLane final : public review::LaneSource {
public:
    ScriptedLane(QString id, QString name, review::LaneContent all) : m_id(std::move(id)), m_name(std::move(name)), m_all(std::move(all)) {}

    Shape shape() const override { return m_all.points.empty() ? m_all.spans.empty() ? Shape::Marks : Shape::Spans : Shape::Series; }
    QString id() const override { return m_id; }
    QString name() const override { return m_name; }
    review::LaneContent content(UtcTime from, UtcTime to, microseconds) override
    {
        ++asked;
        review::LaneContent part;
        part.from = from;
        part.to = to;
        for (const review::LaneSpan &span : m_all.spans) {
            if (span.to > from && span.from < to)
                part.spans.push_back({std::max(span.from, from), std::min(span.to, to), span.kind});
        }
        part.marks = m_all.marks;
        part.points = m_all.points;
        return part;
    }
    std::optional<review::LaneDetail> detail(UtcTime at) override
    {
        for (const review::LaneSpan &span : m_all.spans) {
            if (span.from <= at && at < span.to) {
                review::LaneDetail detail{span.from, span.to, span.kind, {}, QStringLiteral("agent pi-gate"), {}};
                if (span.kind == review::SpanKind::Gap)
                    detail.reason = protocol::GapReason::SourceLost;
                return detail;
            }
        }
        return {};
    }
    void set(review::LaneContent all)
    {
        m_all = std::move(all);
        Q_EMIT changed();
    }

    int asked = 0;

private:
    QString m_id, m_name;
    review::LaneContent m_all;
};

} // namespace vedette::test
