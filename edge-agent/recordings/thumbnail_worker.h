// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/bounded_queue.h"
#include "core/base/worker.h"
#include "core/recordings/thumbnail.h"

#include <functional>

namespace vedette::agent {

/// Makes small pictures of recorded files, one at a time, so that many questions cost one core at most and no disk holds
/// another thread up. ask() is for any thread; the rest is the main thread's.
class ThumbnailWorker {
public:
    static constexpr std::size_t kMostWaiting = 16;
    static constexpr milliseconds kLongest{4'000}; ///< from the question on: the port gives up after 5 s

    using Answer = std::function<void(Result<recordings::Thumbnail>)>; ///< once, on the worker's thread; never at the end

    /// clock outlives it.
    explicit ThumbnailWorker(const Clock &clock);
    ~ThumbnailWorker() { m_worker.stop(); }
    /// The deadline is set here. Answers at once with Unavailable where kMostWaiting are waiting.
    void ask(recordings::ThumbnailRequest request, Answer answer);
    QueueCount count() const { return m_queue.count(); }

private:
    struct Task {
        recordings::ThumbnailRequest request;
        Answer answer;
    };
    void run(std::stop_token stop);

    const Clock &m_clock;
    BoundedQueue<Task> m_queue{"thumbnails", kMostWaiting};
    Worker m_worker;
};

} // namespace vedette::agent
