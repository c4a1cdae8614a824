// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/interrupt.h"

#include "core/media/av_error.h"

extern "C" {
#include <libavutil/error.h>
}

namespace vedette::media {

void Interrupt::arm(std::stop_token stop, milliseconds limit)
{
    m_stop = std::move(stop);
    m_limit = limit;
    m_deadline = m_clock.now() + limit;
}

void Interrupt::expire()
{
    m_deadline = m_clock.now();
}

int Interrupt::ask(void *self)
{
    return static_cast<const Interrupt *>(self)->expired() ? 1 : 0;
}

Error Interrupt::error(int averror, const QString &context) const
{
    if (m_stop.stop_requested())
        return Error{ErrorKind::Cancelled, context + QStringLiteral(": stopped"), nullptr};
    // libavformat may give out what it still had after a cut and report the cut only with the next call.
    if (m_clock.now() >= m_deadline || averror == AVERROR_EXIT)
        return Error{ErrorKind::Timeout, context + QStringLiteral(": no answer within %1 ms").arg(m_limit.count()), nullptr};
    return avError(averror, context);
}

} // namespace vedette::media
