// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/wall_widget.h"

#include "app/wall/tile_text.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <utility>

// What the keyboard and the pointer do on the wall.
namespace vedette::app {

const WallTile *WallWidget::tileAt(QPoint position) const
{
    const auto &tiles = m_scene.tiles;
    const auto it = std::find_if(tiles.begin(), tiles.end(), [position](const WallTile &t) { return t.rect.contains(position); });
    return it == tiles.end() ? nullptr : &*it;
}

void WallWidget::setKeyboardFocus(bool shown)
{
    if (m_keyboardFocus == shown)
        return;
    m_keyboardFocus = shown;
    refresh();
}

void WallWidget::moveSelection(Direction direction)
{
    setKeyboardFocus(true);
    std::vector<QRect> rects;
    std::vector<const WallTile *> shown;
    int index = 0, position = 0;
    for (std::size_t i = 0; i < m_scene.tiles.size(); ++i) {
        if (m_scene.tiles[i].id() == m_selected)
            position = int(i);
        if (m_scene.tiles[i].rect.isEmpty())
            continue;
        if (m_scene.tiles[i].id() == m_selected)
            index = int(rects.size());
        rects.push_back(m_scene.tiles[i].rect);
        shown.push_back(&m_scene.tiles[i]);
    }
    if (shown.empty())
        return;
    const int next = neighbour(rects, int(rects.size()), index, direction);
    if (next != index) {
        select(shown[std::size_t(next)]->id());
        return;
    }
    // At the edge, and when one tile fills the wall: the next camera, so that pages can be reached.
    const bool back = direction == Direction::Left || direction == Direction::Up;
    const int following = position + (back ? -1 : 1);
    if (following >= 0 && following < int(m_scene.tiles.size()))
        select(m_scene.tiles[std::size_t(following)].id());
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
    case Qt::Key_0: return setZoom(m_selected, {});
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
    const WallTile *tile = tileAt(event->pos());
    if (!tile)
        return;
    const bool tryNow = geometryOf(*tile).tryNow.contains(event->pos());
    const QString id = tile->id();
    select(id);
    if (!tryNow && event->button() == Qt::LeftButton && !zoom(id).isWhole()) {
        m_panned = id;
        m_pannedFrom = event->position();
    }
    if (tryNow && event->button() == Qt::LeftButton) {
        if (WallCamera *camera = m_cameras.camera(id))
            camera->retryNow();
    }
}

void WallWidget::mouseDoubleClickEvent(QMouseEvent *event)
{
    const WallTile *tile = tileAt(event->pos());
    if (!tile || event->button() != Qt::LeftButton || geometryOf(*tile).tryNow.contains(event->pos()))
        return;
    select(QString(tile->id()));
    setEnlarged(!m_enlarged);
}

void WallWidget::mouseReleaseEvent(QMouseEvent *)
{
    m_panned.clear();
}

void WallWidget::wheelEvent(QWheelEvent *event)
{
    constexpr double kStep = 1.25, kNotch = 120; // QWheelEvent::angleDelta(): 15 degrees
    const WallTile *tile = tileAt(event->position().toPoint());
    const QRect picture = tile ? geometryOf(*tile).picture : QRect();
    if (!tile || !tile->view.hasPicture() || !picture.contains(event->position().toPoint()))
        return event->ignore();
    const QPointF at = event->position() - picture.topLeft();
    setZoom(QString(tile->id()),
            tile->zoom.scaledAbout({at.x() / picture.width(), at.y() / picture.height()}, std::pow(kStep, event->angleDelta().y() / kNotch)));
    event->accept();
}

void WallWidget::mouseMoveEvent(QMouseEvent *event)
{
    if (!m_panned.isEmpty()) {
        const WallTile *panned = m_scene.find(m_panned);
        const QSizeF size = panned ? QSizeF(geometryOf(*panned).picture.size()) : QSizeF();
        const QPointF by = event->position() - std::exchange(m_pannedFrom, event->position());
        if (!size.isEmpty())
            setZoom(m_panned, zoom(m_panned).moved({by.x() / size.width(), by.y() / size.height()}));
        return;
    }
    const WallTile *tile = tileAt(event->pos());
    const QString hovered = tile && geometryOf(*tile).tryNow.contains(event->pos()) ? tile->id() : QString();
    if (hovered == m_hoveredTryNow)
        return;
    m_hoveredTryNow = hovered;
    setCursor(hovered.isEmpty() ? Qt::ArrowCursor : Qt::PointingHandCursor);
    refresh();
}

void WallWidget::leaveEvent(QEvent *event)
{
    m_hoveredTryNow.clear();
    refresh();
    QWidget::leaveEvent(event);
}

void WallWidget::focusInEvent(QFocusEvent *event)
{
    setKeyboardFocus(event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason);
    refresh();
}

void WallWidget::focusOutEvent(QFocusEvent *)
{
    refresh();
}

bool WallWidget::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        const WallTile *tile = tileAt(help->pos());
        if (tile)
            QToolTip::showText(help->globalPos(), tileToolTip(tile->view.text, geometryOf(*tile).latency.contains(help->pos())),
                               this, tile->rect);
        else
            QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::Show) {
        for (const WallTile &tile : m_scene.tiles)
            lookForFrame(tile.id());
        updateRing();
    }
    return QWidget::event(event);
}

} // namespace vedette::app
