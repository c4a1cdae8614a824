// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/live/camera_streams.h"
#include "app/live/frame_renderer.h"
#include "app/live/tile_painter.h"
#include "app/live/wall_layout.h"

#include <QHash>
#include <QSet>
#include <QTimer>
#include <QWidget>

#include <optional>

namespace vedette::app {

/// Which layout a person asked for.
struct WallMode {
    enum class Kind : std::uint8_t { Automatic, Grid, OnePlusN };
    Kind kind = Kind::Automatic;
    int n = 0; ///< Grid: n × n
    bool operator==(const WallMode &) const = default;
};

/// Paints all tiles by QPainter in one widget. Pictures are taken from the receivers at most once per display refresh,
/// scaled by FrameRenderer, and only their rectangle is painted again. Main thread.
class WallWidget final : public QWidget {
    Q_OBJECT
public:
    WallWidget(CameraStreams &streams, const Clock &clock, QWidget *parent = nullptr);
    ~WallWidget() override;

    const WallMode &mode() const { return m_mode; }
    void setMode(const WallMode &mode);
    const QString &selected() const { return m_selected; }
    void select(const QString &camera);
    bool isEnlarged() const { return m_enlarged; }
    void setEnlarged(bool enlarged);
    OverlayLevel overlayLevel() const { return m_level; }
    void setOverlayLevel(OverlayLevel level);

    /// Where a camera's tile is now; empty when it is not on the wall.
    QRect tileRect(const QString &camera) const;
    /// The picture of a tile as it is on the screen; null without one.
    QImage shownPicture(const QString &camera) const;
    WallShape shape() const { return m_shape; }

    QSize minimumSizeHint() const override { return {320, 200}; }

Q_SIGNALS:
    void selectionChanged(const QString &camera);
    void modeChanged();
    void enlargedChanged(bool enlarged);
    /// A picture with this capture time has been painted.
    void framePresented(const QString &camera, const vedette::media::Frame &frame);

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    struct Tile {
        CameraStream *stream = nullptr;
        QRect rect;                             ///< empty: not shown in this layout
        TileView view;
        media::Frame frame;                     ///< the newest taken
        std::optional<media::Frame> toPresent;  ///< drawn into the picture, not yet on the screen
    };

    void rebuildTiles();
    void layoutTiles();
    WallShape wantedShape() const;
    void connectTile(Tile &tile);
    void textChanged(const QString &camera);
    void frameReady(const QString &camera);
    void flushFrames();
    void renderTile(Tile &tile);
    void takePictures();
    void setKeyboardFocus(bool shown);
    void moveSelection(Direction direction);
    Tile *tileAt(QPoint position);
    const Tile *find(const QString &camera) const;
    Tile *find(const QString &camera);
    TileGeometry geometryOf(const Tile &tile) const;
    QString engineeringText(const CameraStream &stream) const;
    QString toolTipAt(const Tile &tile, QPoint position) const;
    void updateRing();

    CameraStreams &m_streams;
    const Clock &m_clock;
    FrameRenderer m_renderer;
    std::vector<Tile> m_tiles; // in the order of the streams
    WallMetrics m_metrics;
    WallMode m_mode;
    WallShape m_shape;
    QString m_selected;
    QString m_hoveredTryNow;
    bool m_enlarged = false;
    bool m_keyboardFocus = false;
    OverlayLevel m_level = OverlayLevel::Normal;
    QSet<QString> m_waiting; // mailboxes that are full
    QTimer m_frameTimer;
    QTimer m_ringTimer;
    MonoTime m_lastFlush{};
};

} // namespace vedette::app
