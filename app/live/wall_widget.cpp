// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/wall_widget.h"

#include "core/base/secret.h"

#include <QAccessible>
#include <QFontMetrics>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyle>
#include <QToolTip>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr milliseconds kRefresh{16};  // one display refresh at 60 Hz
constexpr int kRingStep = 12;         // degrees
constexpr int kRingInterval = 50;     // ms

} // namespace

WallWidget::WallWidget(CameraStreams &streams, const Clock &clock, QWidget *parent)
    : QWidget(parent), m_streams(streams), m_clock(clock)
{
    setObjectName(QStringLiteral("wall"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("Wall"));
    m_frameTimer.setSingleShot(true);
    m_frameTimer.setTimerType(Qt::PreciseTimer);
    connect(&m_frameTimer, &QTimer::timeout, this, &WallWidget::flushFrames);
    m_ringTimer.setInterval(kRingInterval);
    connect(&m_ringTimer, &QTimer::timeout, this, &WallWidget::updateRing);
    connect(&m_renderer, &FrameRenderer::ready, this, &WallWidget::takePictures);
    connect(&m_streams, &CameraStreams::streamsChanged, this, &WallWidget::rebuildTiles);
    connect(&m_streams, &CameraStreams::healthChanged, this, &WallWidget::textChanged);
    rebuildTiles();
}

WallWidget::~WallWidget() = default;

const WallWidget::Tile *WallWidget::find(const QString &camera) const
{
    const auto it = std::find_if(m_tiles.begin(), m_tiles.end(),
                                 [&camera](const Tile &t) { return t.stream->feed().id == camera; });
    return it == m_tiles.end() ? nullptr : &*it;
}

WallWidget::Tile *WallWidget::find(const QString &camera)
{
    return const_cast<Tile *>(std::as_const(*this).find(camera));
}

WallWidget::Tile *WallWidget::tileAt(QPoint position)
{
    const auto it = std::find_if(m_tiles.begin(), m_tiles.end(), [position](const Tile &t) { return t.rect.contains(position); });
    return it == m_tiles.end() ? nullptr : &*it;
}

QRect WallWidget::tileRect(const QString &camera) const
{
    const Tile *tile = find(camera);
    return tile ? tile->rect : QRect();
}

QImage WallWidget::shownPicture(const QString &camera) const
{
    const Tile *tile = find(camera);
    return tile ? tile->view.picture : QImage();
}

void WallWidget::rebuildTiles()
{
    std::vector<Tile> old = std::move(m_tiles);
    m_tiles.clear();
    for (const auto &stream : m_streams.all()) {
        const auto kept = std::find_if(old.begin(), old.end(), [&stream](const Tile &t) { return t.stream == stream.get(); });
        if (kept != old.end()) {
            m_tiles.push_back(std::move(*kept));
            kept->stream = nullptr;
            continue;
        }
        Tile tile;
        tile.stream = stream.get();
        m_tiles.push_back(std::move(tile));
        connectTile(m_tiles.back());
    }
    for (const Tile &gone : old) {
        if (gone.stream) {
            disconnect(&gone.stream->receiver(), nullptr, this, nullptr);
            m_renderer.forget(gone.stream->feed().id);
            m_waiting.remove(gone.stream->feed().id);
        }
    }
    if (!find(m_selected)) {
        m_enlarged = m_enlarged && !m_tiles.empty();
        m_selected = m_tiles.empty() ? QString() : m_tiles.front().stream->feed().id;
        Q_EMIT selectionChanged(m_selected);
    }
    layoutTiles();
}

void WallWidget::connectTile(Tile &tile)
{
    const QString id = tile.stream->feed().id;
    connect(&tile.stream->receiver(), &live::StreamReceiver::frameReady, this, [this, id] { frameReady(id); });
    tile.view.text = tile.stream->text();
    // Pictures may have come before anybody listened.
    frameReady(id);
}

WallShape WallWidget::wantedShape() const
{
    const int count = int(m_tiles.size());
    switch (m_mode.kind) {
    case WallMode::Kind::Grid: return {WallShape::Kind::Grid, std::max(1, m_mode.n), std::max(1, m_mode.n)};
    case WallMode::Kind::OnePlusN: {
        const int k = std::max(3, (count + 1) / 2);
        return {WallShape::Kind::OnePlusN, k, k};
    }
    case WallMode::Kind::Automatic: break;
    }
    return automaticShape(count, size(), m_metrics, 16.0 / 9.0, m_shape);
}

void WallWidget::layoutTiles()
{
    const int count = int(m_tiles.size());
    m_metrics = wallMetrics(count, font());
    m_shape = wantedShape();
    m_metrics = wallMetrics(std::min(count, m_shape.capacity()), font());
    const auto cells = tileRects(m_enlarged ? WallShape{} : m_shape, rect(), m_metrics);
    int selectedIndex = 0;
    for (int i = 0; i < count; ++i)
        selectedIndex = m_tiles[std::size_t(i)].stream->feed().id == m_selected ? i : selectedIndex;
    // More cameras than cells: the page that holds the selected one.
    const int page = int(cells.size());
    const int first = page > 0 ? selectedIndex / page * page : 0;
    for (int i = 0; i < count; ++i) {
        Tile &tile = m_tiles[std::size_t(i)];
        const bool shown = i >= first && i < first + page;
        const QRect rect = shown ? cells[std::size_t(i - first)] : QRect();
        const bool appears = shown && tile.rect.isEmpty();
        tile.rect = rect;
        if (shown && !tile.frame.isNull())
            renderTile(tile);
        if (appears)
            frameReady(tile.stream->feed().id);
    }
    updateRing();
    update();
}

TileGeometry WallWidget::geometryOf(const Tile &tile) const
{
    return tileGeometry(tile.rect, tile.view, m_metrics, font());
}

void WallWidget::textChanged(const QString &camera)
{
    Tile *tile = find(camera);
    if (!tile)
        return;
    const CameraHealth::State before = tile->view.text.health.state;
    tile->view.text = tile->stream->text();
    const CameraHealth::State now = tile->view.text.health.state;
    if (now == CameraHealth::State::Offline) {
        tile->frame = {};
        tile->view.picture = {};
        tile->toPresent.reset();
    } else if (before != now && !tile->frame.isNull()) {
        renderTile(*tile);
    }
    if (m_level == OverlayLevel::Engineering)
        tile->view.engineering = engineeringText(*tile->stream);
    if (camera == m_selected)
        setAccessibleDescription(tile->view.text.accessible);
    updateRing();
    const bool barOnly = before == CameraHealth::State::Live && now == before && m_level != OverlayLevel::Engineering;
    const QRect bar = geometryOf(*tile).bar;
    update(barOnly && !bar.isEmpty() ? bar : tile->rect);
}

void WallWidget::frameReady(const QString &camera)
{
    m_waiting.insert(camera);
    if (m_frameTimer.isActive())
        return;
    const auto since = std::chrono::duration_cast<milliseconds>(m_clock.now() - m_lastFlush);
    m_frameTimer.start(std::clamp(kRefresh - since, milliseconds{0}, kRefresh));
}

void WallWidget::flushFrames()
{
    m_lastFlush = m_clock.now();
    const QSet<QString> waiting = std::exchange(m_waiting, {});
    for (const QString &camera : waiting) {
        Tile *tile = find(camera);
        if (!tile || tile->rect.isEmpty() || !isVisible())
            continue; // stays in its mailbox, where newer ones replace it
        if (auto frame = tile->stream->receiver().latest().take()) {
            tile->frame = std::move(*frame);
            renderTile(*tile);
        }
    }
}

void WallWidget::renderTile(Tile &tile)
{
    if (tile.frame.isNull() || tile.rect.isEmpty())
        return;
    tile.view.pictureSize = QSizeF(tile.frame.width, tile.frame.height);
    const QRect picture = geometryOf(tile).picture;
    const qreal dpr = devicePixelRatioF();
    FrameRenderer::Request request;
    request.tile = tile.stream->feed().id;
    request.frame = tile.frame;
    request.size = QSize(qRound(picture.width() * dpr), qRound(picture.height() * dpr));
    request.dimmed = tile.stream->condition().state == live::TileState::Stale;
    m_renderer.request(std::move(request));
}

void WallWidget::takePictures()
{
    for (FrameRenderer::Picture &picture : m_renderer.take()) {
        Tile *tile = find(picture.tile);
        if (!tile || tile->frame.isNull() || picture.image.isNull())
            continue;
        const bool first = tile->view.picture.isNull();
        tile->view.picture = picture.image;
        if (!picture.dimmed)
            tile->toPresent = picture.frame;
        update(first ? tile->rect : geometryOf(*tile).picture);
    }
}

void WallWidget::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    const Theme &theme = Theme::shown();
    const QRegion &dirty = event->region();
    QRegion gutters = dirty;
    for (const Tile &tile : m_tiles)
        gutters -= tile.rect; // a tile paints all of its own rectangle
    for (const QRect &rect : gutters)
        painter.fillRect(rect, theme.color(Token::Well));
    for (Tile &tile : m_tiles) {
        if (tile.rect.isEmpty() || !dirty.intersects(tile.rect.adjusted(-3, -3, 3, 3)))
            continue;
        const QString &id = tile.stream->feed().id;
        tile.view.selected = id == m_selected;
        tile.view.focused = tile.view.selected && m_keyboardFocus && hasFocus();
        tile.view.tryNowHovered = id == m_hoveredTryNow;
        tile.view.level = m_level;
        paintTile(painter, tile.rect, tile.view, m_metrics, font(), theme, dirty);
    }
    painter.end();
    for (Tile &tile : m_tiles) {
        if (!tile.toPresent || !dirty.intersects(tile.rect))
            continue;
        const auto frame = std::exchange(tile.toPresent, std::nullopt);
        tile.stream->receiver().presented(*frame);
        Q_EMIT framePresented(tile.stream->feed().id, *frame);
    }
}

void WallWidget::updateRing()
{
    bool turning = false;
    const bool animate = style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this) > 0 && isVisible();
    for (Tile &tile : m_tiles) {
        if (tile.rect.isEmpty() || !tile.view.picture.isNull()
            || tile.view.text.health.state != CameraHealth::State::Connecting)
            continue;
        turning = true;
        if (animate && sender() == &m_ringTimer) {
            tile.view.ringAngle = (tile.view.ringAngle + kRingStep) % 360;
            update(geometryOf(tile).space);
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
    if (camera == m_selected || (!camera.isEmpty() && !find(camera)))
        return;
    m_selected = camera;
    const Tile *tile = find(camera);
    setAccessibleDescription(tile ? tile->view.text.accessible : QString());
    if (tile) {
        QAccessibleEvent event(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
    }
    if (m_enlarged || (tile && tile->rect.isEmpty()))
        layoutTiles();
    update();
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
    for (Tile &tile : m_tiles)
        tile.view.engineering = level == OverlayLevel::Engineering ? engineeringText(*tile.stream) : QString();
    update();
}

QString WallWidget::engineeringText(const CameraStream &stream) const
{
    const live::StreamStats stats = stream.stats();
    const live::ReceiverState state = stream.receiverState();
    QStringList lines;
    if (stats.latencyMs)
        lines << tr("latency   %1 ms ± %2").arg(*stats.latencyMs, 0, 'f', 1).arg(stats.uncertaintyMs.value_or(0), 0, 'f', 1);
    else
        lines << tr("latency   unknown: %1").arg(stats.latencyReason);
    lines << tr("picture   %1 × %2 · %3 fps").arg(stats.width).arg(stats.height).arg(stats.fps, 0, 'f', 1);
    lines << tr("in %1 · decoded %2 · dropped %3").arg(stats.received).arg(stats.decoded).arg(stats.dropped);
    if (stats.firstPictureMs)
        lines << tr("first     %1 ms · connects %2").arg(qRound(*stats.firstPictureMs)).arg(stats.connects);
    lines << tr("path      %1 · %2").arg(live::pathName(state.path.kind), redact(state.path.url));
    if (!stream.text().nextTry.isEmpty())
        lines << stream.text().nextTry;
    return lines.join(QLatin1Char('\n'));
}

// Input ----------------------------------------------------------------------------------------------------------------

void WallWidget::setKeyboardFocus(bool shown)
{
    if (m_keyboardFocus == shown)
        return;
    m_keyboardFocus = shown;
    update();
}

void WallWidget::moveSelection(Direction direction)
{
    setKeyboardFocus(true);
    std::vector<QRect> rects;
    std::vector<const Tile *> shown;
    int index = 0, position = 0;
    for (std::size_t i = 0; i < m_tiles.size(); ++i) {
        if (m_tiles[i].stream->feed().id == m_selected)
            position = int(i);
        if (m_tiles[i].rect.isEmpty())
            continue;
        if (m_tiles[i].stream->feed().id == m_selected)
            index = int(rects.size());
        rects.push_back(m_tiles[i].rect);
        shown.push_back(&m_tiles[i]);
    }
    if (shown.empty())
        return;
    const int next = neighbour(rects, int(rects.size()), index, direction);
    if (next != index) {
        select(shown[std::size_t(next)]->stream->feed().id);
        return;
    }
    // At the edge, and when one tile fills the wall: the next camera, so that pages can be reached.
    const bool back = direction == Direction::Left || direction == Direction::Up;
    const int following = position + (back ? -1 : 1);
    if (following >= 0 && following < int(m_tiles.size()))
        select(m_tiles[std::size_t(following)].stream->feed().id);
}

void WallWidget::keyPressEvent(QKeyEvent *event)
{
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))
        return QWidget::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Left: return moveSelection(Direction::Left);
    case Qt::Key_Right: return moveSelection(Direction::Right);
    case Qt::Key_Up: return moveSelection(Direction::Up);
    case Qt::Key_Down: return moveSelection(Direction::Down);
    case Qt::Key_Return:
    case Qt::Key_Enter: return setEnlarged(!m_enlarged);
    case Qt::Key_Escape:
        if (m_enlarged)
            return setEnlarged(false);
        break;
    default: break;
    }
    QWidget::keyPressEvent(event);
}

void WallWidget::mousePressEvent(QMouseEvent *event)
{
    setKeyboardFocus(false);
    Tile *tile = tileAt(event->pos());
    if (!tile)
        return;
    const bool tryNow = geometryOf(*tile).tryNow.contains(event->pos());
    const QString id = tile->stream->feed().id;
    select(id);
    if (tryNow && event->button() == Qt::LeftButton) {
        if (CameraStream *stream = m_streams.find(id))
            stream->receiver().retryNow();
    }
}

void WallWidget::mouseDoubleClickEvent(QMouseEvent *event)
{
    const Tile *tile = tileAt(event->pos());
    if (!tile || event->button() != Qt::LeftButton || geometryOf(*tile).tryNow.contains(event->pos()))
        return;
    select(QString(tile->stream->feed().id));
    setEnlarged(!m_enlarged);
}

void WallWidget::mouseMoveEvent(QMouseEvent *event)
{
    const Tile *tile = tileAt(event->pos());
    const QString hovered = tile && geometryOf(*tile).tryNow.contains(event->pos()) ? tile->stream->feed().id : QString();
    if (hovered == m_hoveredTryNow)
        return;
    m_hoveredTryNow = hovered;
    setCursor(hovered.isEmpty() ? Qt::ArrowCursor : Qt::PointingHandCursor);
    update();
}

void WallWidget::leaveEvent(QEvent *event)
{
    m_hoveredTryNow.clear();
    update();
    QWidget::leaveEvent(event);
}

void WallWidget::focusInEvent(QFocusEvent *event)
{
    setKeyboardFocus(event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason);
    update();
}

void WallWidget::focusOutEvent(QFocusEvent *)
{
    update();
}

void WallWidget::resizeEvent(QResizeEvent *)
{
    layoutTiles();
}

void WallWidget::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        layoutTiles();
    QWidget::changeEvent(event);
}

QString WallWidget::toolTipAt(const Tile &tile, QPoint position) const
{
    const TileText &text = tile.view.text;
    const TileGeometry geometry = geometryOf(tile);
    if (geometry.latency.contains(position) && !text.latencyTip.isEmpty())
        return text.latencyTip;
    QStringList lines{text.name};
    if (!text.detail.isEmpty())
        lines << text.detail;
    if (text.health.state == CameraHealth::State::Live) {
        lines << (text.latencyTip.startsWith(tr("Latency")) ? text.latencyTip : tr("Latency %1").arg(text.latency));
    } else {
        lines << text.headline;
        if (!text.cause.isEmpty())
            lines << text.cause;
    }
    if (!text.nextTry.isEmpty())
        lines << text.nextTry;
    return lines.join(QLatin1Char('\n'));
}

bool WallWidget::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        const Tile *tile = tileAt(help->pos());
        if (tile)
            QToolTip::showText(help->globalPos(), toolTipAt(*tile, help->pos()), this, tile->rect);
        else
            QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::Show) {
        for (const Tile &tile : m_tiles)
            frameReady(tile.stream->feed().id);
        updateRing();
    }
    return QWidget::event(event);
}

} // namespace vedette::app
