// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/thumbnail_worker.h"

#include <utility>

namespace vedette::agent {

ThumbnailWorker::ThumbnailWorker(const Clock &clock) : m_clock(clock), m_worker("thumbnails", [this](std::stop_token stop) { run(std::move(stop)); })
{
}

void ThumbnailWorker::ask(recordings::ThumbnailRequest request, Answer answer)
{
    if (m_queue.count().size >= kMostWaiting) {
        answer(fail(ErrorKind::Unavailable, QStringLiteral("%1 pictures of recordings are waiting to be made; try again.").arg(kMostWaiting)));
        return;
    }
    request.deadline = m_clock.now() + kLongest;
    m_queue.push({std::move(request), std::move(answer)});
}

void ThumbnailWorker::run(std::stop_token stop)
{
    constexpr milliseconds kIdle{10'000};
    while (!stop.stop_requested()) {
        if (const auto task = m_queue.pop(stop, kIdle))
            task->answer(recordings::makeThumbnail(task->request, m_clock, stop));
    }
}

} // namespace vedette::agent
