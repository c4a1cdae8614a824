// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/wall_widget.h"

#include "app/wall/gl_surface.h"
#include "app/wall/software_surface.h"
#include "app/wall/tile_text.h"
#include "core/base/logging.h"

#include <QAccessible>
#include <QLoggingCategory>
#include <QStyle>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr milliseconds kRefresh{16};  // one display refresh at 60 Hz
constexpr int kRingStep = 12;         // degrees
constexpr int kRingInterval = 50;     // ms

Q_LOGGING_CATEGORY(log, "vedette.live.wall")

} // namespace

WallWidget::WallWidget(WallCameras &cameras, const Clock &clock, const RendererChoice &renderer, QWidget *parent)
    : QWidget(parent), m_cameras(cameras), m_clock(clock)
{
    setObjectName(QStringLiteral("wall"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Wall"));
    m_frameTimer.setSingleShot(true);
    m_frameTimer.setTimerType(Qt::PreciseTimer);
    connect(&m_frameTimer, &QTimer::timeout, this, &WallWidget::flushFrames);
    m_ringTimer.setInterval(kRingInterval);
    connect(&m_ringTimer, &QTimer::timeout, this, &WallWidget::updateRing);
    connect(&m_cameras, &WallCameras::camerasChanged, this, &WallWidget::rebuildTiles);
    connect(&m_cameras, &WallCameras::healthChanged, this, &WallWidget::textChanged);
    setSurface(renderer);
    rebuildTiles();
}

WallWidget::~WallWidget() = default;

void WallWidget::setSurface(const RendererChoice &renderer)
{
    m_renderer = renderer;
    m_surface.reset();
    if (renderer.gpu)
        m_surface = std::make_unique<GlSurface>(m_scene, *this, this);
    else
        m_surface = std::make_unique<SoftwareSurface>(m_scene, *this, this);
    m_surface->canvas().setGeometry(rect());
    m_surface->canvas().show();
    for (WallTile &tile : m_scene.tiles) {
        if (tile.view.hasPicture()) { // black for a moment, not "connecting"
            tile.view.picture = QImage(1, 1, QImage::Format_RGB32);
            tile.view.picture.fill(Qt::black);
        }
        tile.view.drawnBelow = false;
        drawTile(tile);
    }
    refresh();
}

void WallWidget::surfaceFailed(const QString &why)
{
    qCWarning(log).noquote() << "drawing by OpenGL failed, software goes on:" << why;
    QMetaObject::invokeMethod(
        this, [this, why] { setSurface({false, QStringLiteral("OpenGL failed: %1").arg(why)}); }, Qt::QueuedConnection);
}

QRect WallWidget::tileRect(const QString &camera) const
{
    const WallTile *tile = m_scene.find(camera);
    return tile ? tile->rect : QRect();
}

bool WallWidget::hasPicture(const QString &camera) const
{
    const WallTile *tile = m_scene.find(camera);
    return tile && tile->view.hasPicture();
}

media::Frame WallWidget::frame(const QString &camera) const
{
    const WallTile *tile = m_scene.find(camera);
    return tile && tile->view.hasPicture() ? tile->whole : media::Frame();
}

QImage WallWidget::shownPicture(const QString &camera) const
{
    const WallTile *tile = m_scene.find(camera);
    return tile ? m_surface->picture(*tile) : QImage();
}

void WallWidget::rebuildTiles()
{
    std::vector<WallTile> old = std::move(m_scene.tiles);
    m_scene.tiles.clear();
    for (WallCamera *camera : m_cameras.cameras()) {
        const auto kept = std::find_if(old.begin(), old.end(), [camera](const WallTile &t) { return t.camera && t.id() == camera->id(); });
        WallTile tile;
        if (kept != old.end()) {
            tile = std::move(*kept);
            kept->camera = nullptr;
        }
        // Its picture stays until the one that shows it now has another.
        WallCamera *before = std::exchange(tile.camera, camera);
        m_scene.tiles.push_back(std::move(tile));
        if (before == camera)
            continue;
        if (before)
            disconnect(before, nullptr, this, nullptr);
        connectTile(m_scene.tiles.back());
    }
    for (const WallTile &gone : old) {
        if (gone.camera) {
            disconnect(gone.camera, nullptr, this, nullptr);
            m_surface->forget(gone.id());
            m_waiting.remove(gone.id());
        }
    }
    if (!m_scene.find(m_selected)) {
        m_enlarged = m_enlarged && !m_scene.tiles.empty();
        m_selected = m_scene.tiles.empty() ? QString() : m_scene.tiles.front().id();
        Q_EMIT selectionChanged(m_selected);
    }
    layoutTiles();
}

void WallWidget::connectTile(WallTile &tile)
{
    const QString id = tile.id();
    connect(tile.camera, &WallCamera::frameReady, this, [this, id] { frameReady(id); });
    tile.view.text = tile.camera->text();
    // Pictures may have come before anybody listened.
    lookForFrame(id);
}

WallShape WallWidget::wantedShape() const
{
    const int count = int(m_scene.tiles.size());
    switch (m_mode.kind) {
    case WallMode::Kind::Grid: return {WallShape::Kind::Grid, std::max(1, m_mode.n), std::max(1, m_mode.n)};
    case WallMode::Kind::OnePlusN: {
        const int k = std::max(3, (count + 1) / 2);
        return {WallShape::Kind::OnePlusN, k, k};
    }
    case WallMode::Kind::Automatic: break;
    }
    return automaticShape(count, size(), m_scene.metrics, 16.0 / 9.0, m_shape);
}

void WallWidget::layoutTiles()
{
    const int count = int(m_scene.tiles.size());
    m_scene.metrics = wallMetrics(count, font());
    m_shape = wantedShape();
    m_scene.metrics = wallMetrics(std::min(count, m_shape.capacity()), font());
    const auto cells = tileRects(m_enlarged ? WallShape{} : m_shape, rect(), m_scene.metrics);
    int selectedIndex = 0;
    for (int i = 0; i < count; ++i)
        selectedIndex = m_scene.tiles[std::size_t(i)].id() == m_selected ? i : selectedIndex;
    // More cameras than cells: the page that holds the selected one.
    const int page = int(cells.size());
    const int first = page > 0 ? selectedIndex / page * page : 0;
    for (int i = 0; i < count; ++i) {
        WallTile &tile = m_scene.tiles[std::size_t(i)];
        const bool shown = i >= first && i < first + page;
        const QRect rect = shown ? cells[std::size_t(i - first)] : QRect();
        const bool appears = shown && tile.rect.isEmpty();
        tile.rect = rect;
        if (shown && !tile.whole.isNull())
            drawTile(tile);
        if (appears)
            lookForFrame(tile.id());
    }
    updateRing();
    refresh();
}

TileGeometry WallWidget::geometryOf(const WallTile &tile) const
{
    return tileGeometry(tile.rect, tile.view, m_scene.metrics, font());
}

void WallWidget::textChanged(const QString &camera)
{
    WallTile *tile = m_scene.find(camera);
    if (!tile)
        return;
    const CameraHealth::State before = tile->view.text.health.state;
    tile->view.text = tile->camera->text();
    const CameraHealth::State now = tile->view.text.health.state;
    if (now == CameraHealth::State::Offline) {
        tile->whole = {};
        tile->frame = {};
        tile->view.picture = {};
        tile->view.drawnBelow = false;
        tile->toPresent.reset();
        tile->presented = {};
        m_surface->forget(camera);
    } else if (before != now && !tile->whole.isNull()) {
        drawTile(*tile);
    }
    if (m_level == OverlayLevel::Engineering)
        tile->view.engineering = engineeringText(*tile->camera);
    if (camera == m_selected)
        setAccessibleDescription(tile->view.text.accessible);
    updateRing();
    const bool barOnly = before == CameraHealth::State::Live && now == before && m_level != OverlayLevel::Engineering;
    const QRect bar = geometryOf(*tile).bar;
    m_surface->refresh(barOnly && !bar.isEmpty() ? bar : tile->rect);
}

void WallWidget::frameReady(const QString &camera)
{
    m_waiting.insert(camera);
    if (m_frameTimer.isActive())
        return;
    const auto since = std::chrono::duration_cast<milliseconds>(m_clock.now() - m_lastFlush);
    if (since >= kRefresh)
        flushFrames();
    else
        m_frameTimer.start(kRefresh - since);
}

void WallWidget::lookForFrame(const QString &camera)
{
    m_waiting.insert(camera);
    if (!m_frameTimer.isActive())
        m_frameTimer.start(0);
}

void WallWidget::flushFrames()
{
    m_lastFlush = m_clock.now();
    const QSet<QString> waiting = std::exchange(m_waiting, {});
    for (const QString &camera : waiting) {
        WallTile *tile = m_scene.find(camera);
        if (!tile || tile->rect.isEmpty() || !isVisible())
            continue; // stays in its mailbox, where newer ones replace it
        if (auto frame = tile->camera->take()) {
            tile->whole = std::move(*frame);
            drawTile(*tile);
        }
    }
}

media::CropRect WallWidget::partOf(const WallTile &tile)
{
    const QRectF part = tile.zoom.part();
    const QSizeF size(tile.whole.width, tile.whole.height);
    return {qRound(part.x() * size.width()), qRound(part.y() * size.height()), qRound(part.width() * size.width()),
            qRound(part.height() * size.height())};
}

void WallWidget::setZoom(const QString &camera, const DigitalZoom &zoom)
{
    WallTile *tile = m_scene.find(camera);
    if (!tile || tile->zoom == zoom)
        return;
    tile->zoom = zoom;
    tile->view.zoom = zoom.isWhole() ? QString() : QStringLiteral("%1 ×").arg(zoom.factor, 0, 'f', 1);
    drawTile(*tile);
    m_surface->refresh(tile->rect);
}

DigitalZoom WallWidget::zoom(const QString &camera) const
{
    const WallTile *tile = m_scene.find(camera);
    return tile ? tile->zoom : DigitalZoom{};
}

void WallWidget::drawTile(WallTile &tile)
{
    if (tile.whole.isNull() || tile.rect.isEmpty())
        return;
    tile.frame = tile.zoom.isWhole() ? tile.whole : media::crop(tile.whole, partOf(tile));
    const QSizeF size(tile.whole.width, tile.whole.height);
    if (std::exchange(tile.view.pictureSize, size) != size)
        m_surface->refresh(tile.rect); // other margins
    tile.dimmed = tile.view.text.health.state == CameraHealth::State::Stale;
    m_surface->draw(tile);
}

void WallWidget::refresh()
{
    for (WallTile &tile : m_scene.tiles) {
        tile.view.selected = tile.id() == m_selected;
        tile.view.focused = tile.view.selected && m_keyboardFocus && hasFocus();
        tile.view.tryNowHovered = tile.id() == m_hoveredTryNow;
        tile.view.level = m_level;
    }
    m_surface->refresh(rect());
}

QString WallWidget::engineeringText(const WallCamera &camera) const
{
    return camera.details() + QLatin1Char('\n') + tr("drawn by  %1").arg(rendererText(m_renderer));
}

void WallWidget::presented(WallTile &tile, const media::Frame &frame)
{
    if (std::exchange(tile.presented, frame.decoded) == frame.decoded)
        return; // drawn again in another size or look: its latency was measured the first time
    tile.camera->presented(frame);
    Q_EMIT framePresented(tile.id(), frame);
}

void WallWidget::updateRing()
{
    bool turning = false;
    const bool animate = style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this) > 0 && isVisible();
    for (WallTile &tile : m_scene.tiles) {
        if (tile.rect.isEmpty() || tile.view.hasPicture()
            || tile.view.text.health.state != CameraHealth::State::Connecting)
            continue;
        turning = true;
        if (animate && sender() == &m_ringTimer) {
            tile.view.ringAngle = (tile.view.ringAngle + kRingStep) % 360;
            m_surface->refresh(geometryOf(tile).space);
        }
    }
    if (turning && animate && !m_ringTimer.isActive())
        m_ringTimer.start();
    else if (!turning || !animate)
        m_ringTimer.stop();
}

void WallWidget::setMode(const WallMode &mode)
{
    m_mode = mode;
    m_enlarged = false;
    layoutTiles();
    Q_EMIT modeChanged();
    Q_EMIT enlargedChanged(false);
}

void WallWidget::select(const QString &camera)
{
    if (camera == m_selected || (!camera.isEmpty() && !m_scene.find(camera)))
        return;
    m_selected = camera;
    const WallTile *tile = m_scene.find(camera);
    setAccessibleDescription(tile ? tile->view.text.accessible : QString());
    if (tile) {
        QAccessibleEvent event(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
    }
    if (m_enlarged || (tile && tile->rect.isEmpty()))
        layoutTiles();
    refresh();
    Q_EMIT selectionChanged(camera);
}

void WallWidget::setEnlarged(bool enlarged)
{
    if (enlarged == m_enlarged || (enlarged && m_selected.isEmpty()))
        return;
    m_enlarged = enlarged;
    layoutTiles();
    Q_EMIT enlargedChanged(enlarged);
}

void WallWidget::setOverlayLevel(OverlayLevel level)
{
    m_level = level;
    for (WallTile &tile : m_scene.tiles)
        tile.view.engineering = level == OverlayLevel::Engineering ? engineeringText(*tile.camera) : QString();
    refresh();
}

void WallWidget::resizeEvent(QResizeEvent *)
{
    m_surface->canvas().setGeometry(rect());
    layoutTiles();
}

void WallWidget::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        layoutTiles();
    QWidget::changeEvent(event);
}

} // namespace vedette::app
