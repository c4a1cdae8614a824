// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/tile_text.h"
#include "core/media/frame.h"

#include <QObject>

#include <optional>
#include <vector>

namespace vedette::app {

/// One camera as a wall shows it, live or recorded: its newest picture and what its tile says. Main thread.
class WallCamera : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    virtual const QString &id() const = 0;
    virtual const TileText &text() const = 0;
    /// The newest picture that was not taken yet.
    virtual std::optional<media::Frame> take() = 0;
    /// It is on the screen.
    virtual void presented(const media::Frame &) {}
    /// "Try now".
    virtual void retryNow() {}
    /// Lines for OverlayLevel::Engineering.
    virtual QString details() const { return {}; }

Q_SIGNALS:
    void frameReady();
    void textChanged();
};

/// The cameras of a wall, in its order. Main thread.
class WallCameras : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    virtual std::vector<WallCamera *> cameras() const = 0;
    virtual WallCamera *camera(const QString &id) const = 0;

Q_SIGNALS:
    /// Cameras came, went, changed their order or are shown by another object now; pointers to those that went are about to
    /// be invalid.
    void camerasChanged();
    void healthChanged(const QString &id);
};

} // namespace vedette::app
