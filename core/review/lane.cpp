// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/lane.h"

namespace vedette::review {

SpanKind spanKindOf(protocol::Custody custody)
{
    switch (custody) {
    case protocol::Custody::OnEdge: return SpanKind::OnEdge;
    case protocol::Custody::InTransit: return SpanKind::InTransit;
    case protocol::Custody::Stored: return SpanKind::Stored;
    case protocol::Custody::Expired: return SpanKind::Expired;
    case protocol::Custody::Lost: return SpanKind::Lost;
    }
    return SpanKind::Asking;
}

} // namespace vedette::review
