// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/renderer_choice.h"
#include "app/wall/wall_layout.h"
#include "app/wall/wall_surface.h"
#include "core/media/crop.h"

#include <QSet>
#include <QTimer>
#include <QWidget>

#include <memory>

namespace vedette::app {

/// Which layout a person asked for.
struct WallMode {
    enum class Kind : std::uint8_t { Automatic, Grid, OnePlusN };
    Kind kind = Kind::Automatic;
    int n = 0; ///< Grid: n × n
    bool operator==(const WallMode &) const = default;
};

/// Lays the tiles out, takes pictures from the receivers at most once per display refresh, and takes the input. A
/// WallSurface over its whole area draws. Main thread.
class WallWidget final : public QWidget, public WallSurfaceListener {
    Q_OBJECT
public:
    WallWidget(WallCameras &cameras, const Clock &clock, const RendererChoice &renderer = {}, QWidget *parent = nullptr);
    ~WallWidget() override;

    const WallMode &mode() const { return m_mode; }
    void setMode(const WallMode &mode);
    const QString &selected() const { return m_selected; }
    void select(const QString &camera);
    bool isEnlarged() const { return m_enlarged; }
    void setEnlarged(bool enlarged);
    OverlayLevel overlayLevel() const { return m_level; }
    void setOverlayLevel(OverlayLevel level);

    /// What of its picture a tile shows.
    DigitalZoom zoom(const QString &camera) const;
    void setZoom(const QString &camera, const DigitalZoom &zoom);
    /// Where a camera's tile is now; empty when it is not on the wall.
    QRect tileRect(const QString &camera) const;
    /// What draws, and why not something else. OpenGL that fails is replaced by software.
    const RendererChoice &renderer() const { return m_renderer; }
    bool hasPicture(const QString &camera) const;
    /// The picture of a tile as it was captured, whole; null without one.
    media::Frame frame(const QString &camera) const;
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
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void presented(WallTile &tile, const media::Frame &frame) override;
    void surfaceFailed(const QString &why) override;
    void setSurface(const RendererChoice &renderer);
    void rebuildTiles();
    void layoutTiles();
    WallShape wantedShape() const;
    void connectTile(WallTile &tile);
    void textChanged(const QString &camera);
    void frameReady(const QString &camera);
    /// As if one were ready, from within our own work.
    void lookForFrame(const QString &camera);
    void flushFrames();
    static media::CropRect partOf(const WallTile &tile);
    void drawTile(WallTile &tile);
    /// Selection, focus and the like into the tiles, and all drawn again.
    void refresh();
    void setKeyboardFocus(bool shown);
    void moveSelection(Direction direction);
    const WallTile *tileAt(QPoint position) const;
    TileGeometry geometryOf(const WallTile &tile) const;
    void updateRing();
    QString engineeringText(const WallCamera &camera) const;

    WallCameras &m_cameras;
    const Clock &m_clock;
    RendererChoice m_renderer;
    WallScene m_scene;
    std::unique_ptr<WallSurface> m_surface;
    WallMode m_mode;
    WallShape m_shape;
    QString m_selected;
    QString m_hoveredTryNow;
    QString m_panned;        ///< the camera whose picture follows the hand
    QPointF m_pannedFrom;
    bool m_enlarged = false;
    bool m_keyboardFocus = false;
    OverlayLevel m_level = OverlayLevel::Normal;
    QSet<QString> m_waiting; // mailboxes that are full
    QTimer m_frameTimer;
    QTimer m_ringTimer;
    MonoTime m_lastFlush{};
};

} // namespace vedette::app
