// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"
#include "core/media/frame.h"

#include <QImage>
#include <QObject>
#include <QString>

#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

namespace vedette::app {

/// Scales and converts pictures for the wall on one Worker, so that the GUI thread only copies finished pixels. One
/// pending and one finished picture a tile: the newest wins, what it replaces is counted. Used from its owner's thread.
class FrameRenderer final : public QObject {
    Q_OBJECT
public:
    struct Request {
        QString tile;
        std::uint64_t serial = 0; ///< comes back with the picture
        media::Frame frame;
        QSize size;          ///< device pixels
        bool dimmed = false; ///< as an old picture: desaturated and darkened
    };
    struct Picture {
        QString tile;
        std::uint64_t serial = 0;
        media::Frame frame;
        QImage image;        ///< null when the frame could not be converted
        bool dimmed = false;
    };

    explicit FrameRenderer(QObject *parent = nullptr);
    ~FrameRenderer() override;

    void request(Request request);
    /// Drops what is held for a tile that has gone.
    void forget(const QString &tile);
    std::vector<Picture> take();
    std::uint64_t overwritten() const;

Q_SIGNALS:
    /// There is something to take.
    void ready();

private:
    void run(const std::stop_token &stop);

    mutable std::mutex m_mutex; // guards all below
    std::condition_variable_any m_wake;
    std::map<QString, Request> m_pending;
    std::map<QString, Picture> m_done;
    std::vector<QString> m_forgotten;
    std::uint64_t m_overwritten = 0;
    Worker m_worker; // last: it stops before the rest goes
};

/// The look of an old picture: colours to 40 %, brightness to 48 %. In place.
void dimPicture(QImage &image);

} // namespace vedette::app
