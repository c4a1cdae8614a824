// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/piece_spans.h"

#include <algorithm>

namespace vedette::recordings {

QList<protocol::CoverageSpan> spansOf(QList<Piece> pieces, const QList<protocol::CoverageSpan> &gaps, UtcTime from, UtcTime to)
{
    if (from >= to)
        return {};
    std::sort(pieces.begin(), pieces.end(), [](const Piece &a, const Piece &b) { return a.from < b.from; });
    QList<protocol::CoverageSpan> said = gaps;
    std::optional<UtcTime> end; // of all before
    for (const Piece &each : pieces) {
        const bool touches = end && each.from > *end && each.from - *end < kTouching;
        said.append({touches ? *end : each.from, each.to, std::nullopt, each.custody});
        end = std::max(end.value_or(each.to), each.to);
    }
    return protocol::makeCoverage(from, to, said); // what nobody speaks of is a gap of unknown reason
}

} // namespace vedette::recordings
