// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/live/stream_receiver.h"

#include <QThread>

#include <vector>

namespace vedette::test {

/// A receiver with a reader that behaves as a tile does, and a record of what it was shown.
struct Viewer {
    SystemClock clock;
    live::StreamReceiver receiver{QStringLiteral("gate"), clock};
    std::vector<media::Frame> shown;
    bool onGuiThread = true;

    Viewer()
    {
        QObject::connect(&receiver, &live::StreamReceiver::frameReady, &receiver, [this] {
            onGuiThread = onGuiThread && QThread::currentThread() == receiver.thread();
            if (auto frame = receiver.latest().take())
                shown.push_back(std::move(*frame));
        });
    }
    void watch(const QStringList &urls)
    {
        receiver.setUrls(urls);
        receiver.start();
    }
    bool timeNeverGoesBack() const
    {
        for (std::size_t i = 1; i < shown.size(); ++i) {
            if (shown[i].capture->captured < shown[i - 1].capture->captured)
                return false;
        }
        return true;
    }
    microseconds longestPause() const
    {
        microseconds longest{0};
        for (std::size_t i = 1; i < shown.size(); ++i)
            longest = std::max<microseconds>(longest, shown[i].decoded - shown[i - 1].decoded);
        return longest;
    }
};

} // namespace vedette::test
