// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/tile_painter.h"

#include "app/widgets/digits.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr int kGlyphOnlyBelow = 110;   // logical px of tile width
constexpr int kShortWordsBelow = 240;  // narrower tiles say less

QString tr(const char *text)
{
    return QCoreApplication::translate("Tile", text);
}

int px(const QFont &body, qreal value)
{
    return scaled(body, value);
}

/// A painter with what every part needs, so that functions stay short.
struct Pen {
    QPainter &p;
    const QFont &body;
    const Theme &theme;

    int px(qreal value) const { return scaled(body, value); }
    void use(TextRole role, Token token, const Theme &look) const
    {
        p.setFont(roleFont(body, role));
        p.setPen(look.color(token));
    }
    void use(TextRole role, Token token) const { use(role, token, theme); }
    qreal width(const QString &text) const { return digitsWidth(QFontMetricsF(p.font()), text); }
    /// Left aligned and elided in the middle; returns the width used.
    qreal elided(const QRectF &rect, const QString &text) const
    {
        const QFontMetricsF metrics(p.font());
        const QString shown = metrics.elidedText(text, Qt::ElideMiddle, rect.width());
        p.drawText(rect, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, shown);
        return metrics.horizontalAdvance(shown);
    }
};

QString tryNowWord()
{
    return tr("Try now");
}

/// Under the bar, so that nobody takes a recorded picture for a live one.
void paintRecordedLine(const Pen &pen, const QRect &bar, const TileView &view, const Theme &look)
{
    if (view.text.recorded)
        pen.p.fillRect(QRect(bar.left(), bar.bottom() - 1, bar.width(), 2), look.color(Token::Playback));
}

void paintBar(const Pen &pen, const QRect &bar, const TileView &view)
{
    QPainter &p = pen.p;
    p.fillRect(bar, pen.theme.color(Token::Panel));
    const int margin = pen.px(8), gap = pen.px(8);
    const QRectF glyph(bar.left() + margin, bar.center().y() + 1 - pen.px(14) / 2.0, pen.px(14), pen.px(14));
    drawGlyph(p, glyph, view.text.health.glyph, pen.theme);

    qreal right = bar.right() + 1 - margin;
    const qreal nameLeft = glyph.right() + gap;
    pen.use(TextRole::SecondaryStrong, Token::Text);
    const qreal name = QFontMetricsF(p.font()).horizontalAdvance(view.text.name);

    if (!view.text.latency.isEmpty()) {
        QString latency = view.text.latency;
        pen.use(view.text.latencyIsAge ? TextRole::SecondaryStrong : TextRole::Secondary,
                view.text.latencyIsAge ? Token::Stale : view.text.recorded ? Token::Playback : Token::Text2);
        if (!view.text.latencyWord.isEmpty() && right - nameLeft - name > pen.px(200))
            latency = view.text.latencyWord;
        const qreal width = std::max<qreal>(pen.px(44), pen.width(latency));
        drawDigits(p, QRectF(right - width, bar.top(), width, bar.height()), Qt::AlignRight, latency);
        right -= width + gap;
    }
    if (!view.text.path.isEmpty()) {
        pen.use(TextRole::Secondary, view.text.recorded                        ? Token::Text2
                                     : view.text.health.glyph == Glyph::Direct ? Token::Direct
                                                                               : Token::FallbackWord);
        const qreal width = pen.width(view.text.path);
        if (right - width - nameLeft > pen.px(60)) {
            drawDigits(p, QRectF(right - width, bar.top(), width, bar.height()), Qt::AlignRight, view.text.path);
            right -= width + gap * 1.5;
        }
    }
    if (!view.text.unchanged.isEmpty()) {
        pen.use(TextRole::Secondary, Token::Text2);
        const qreal width = pen.width(view.text.unchanged);
        if (right - width - nameLeft > pen.px(60)) {
            drawDigits(p, QRectF(right - width, bar.top(), width, bar.height()), Qt::AlignRight, view.text.unchanged);
            right -= width + gap * 1.5;
        }
    }
    if (!view.text.detail.isEmpty()) {
        pen.use(TextRole::Secondary, Token::Muted);
        const qreal width = pen.width(view.text.detail);
        // Only where the whole name has room beside it: the name comes first.
        if (right - width - gap - nameLeft >= name) {
            drawDigits(p, QRectF(right - width, bar.top(), width, bar.height()), Qt::AlignRight, view.text.detail);
            right -= width + gap;
        }
    }
    pen.use(TextRole::SecondaryStrong, Token::Text);
    pen.elided(QRectF(nameLeft, bar.top(), std::max<qreal>(0, right - nameLeft), bar.height()), view.text.name);
    paintRecordedLine(pen, bar, view, pen.theme);
}

void paintOverlayBar(const Pen &pen, const QRect &overlay, const TileView &view, bool glyphOnly)
{
    const Theme &dark = Theme::dark(); // over pictures always
    pen.p.fillRect(overlay, dark.color(Token::Scrim));
    const int side = std::min(pen.px(12), overlay.height());
    const QRectF glyph(overlay.left() + pen.px(4), overlay.center().y() + 1 - side / 2.0, side, side);
    drawGlyph(pen.p, glyph, view.text.health.glyph, dark);
    paintRecordedLine(pen, overlay, view, dark);
    if (glyphOnly)
        return;
    pen.use(TextRole::SmallStrong, Token::Text, dark);
    pen.elided(QRectF(glyph.right() + pen.px(5), overlay.top(), overlay.right() - glyph.right() - pen.px(8), overlay.height()),
               view.text.name);
}

/// Left headline, right countdown, below the cause, on scrim at the foot of the picture.
void paintReason(const Pen &pen, const QRect &space, const TileView &view)
{
    const Theme &dark = Theme::dark();
    QPainter &p = pen.p;
    const int line = pen.px(17), pad = pen.px(8);
    const bool narrow = space.width() < pen.px(kShortWordsBelow);
    const bool cause = !narrow && !view.text.cause.isEmpty() && space.height() > pen.px(90);
    QRect box(space.left() + pen.px(8), 0, space.width() - pen.px(16), line * (cause ? 2 : 1) + pad + pen.px(2));
    if (box.width() < pen.px(60) || box.height() > space.height())
        return;
    box.moveBottom(space.bottom() - pen.px(8));
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(dark.color(Token::Scrim));
    p.drawRoundedRect(box, 4, 4);
    p.setRenderHint(QPainter::Antialiasing, false);
    QRectF row(box.left() + pad, box.top() + pad / 2.0 + 1, box.width() - 2 * pad, line);
    qreal right = row.right();
    if (!view.text.nextTry.isEmpty() && !narrow) {
        pen.use(TextRole::SecondaryStrong, Token::Text, dark);
        const qreal width = pen.width(view.text.nextTry);
        drawDigits(p, row, Qt::AlignRight, view.text.nextTry);
        right -= width + pad;
    }
    pen.use(TextRole::SecondaryStrong, Token::Stale, dark);
    pen.elided(QRectF(row.left(), row.top(), right - row.left(), row.height()), narrow ? view.text.latency : view.text.headline);
    if (cause) {
        pen.use(TextRole::Secondary, Token::Text2, dark);
        pen.elided(row.translated(0, line), view.text.cause);
    }
}

/// The lines of a tile without a picture, from top to bottom, so that geometry and painting agree.
struct EmptyLines {
    QRect glyph, headline, cause, next;
};

EmptyLines emptyLines(const QRect &space, const TileView &view, const QFont &body)
{
    const bool narrow = space.width() < px(body, kShortWordsBelow);
    const int gap = px(body, 10), glyph = narrow ? px(body, 20) : px(body, 28);
    const int title = px(body, 22), line = px(body, 18), button = px(body, 28);
    const bool hasNext = !view.text.nextTry.isEmpty();
    bool cause = !narrow && !view.text.cause.isEmpty();
    const auto total = [&] { return glyph + gap + title + (cause ? line + px(body, 4) : 0) + (hasNext ? gap + button : 0); };
    if (total() > space.height() - gap)
        cause = false;
    int y = space.top() + std::max(0, (space.height() - total()) / 2);
    const auto take = [&](int height, int after) {
        const QRect rect(space.left() + gap, y, space.width() - 2 * gap, height);
        y += height + after;
        return rect;
    };
    EmptyLines lines;
    lines.glyph = take(glyph, gap);
    lines.headline = take(title, cause ? px(body, 4) : 0);
    if (cause)
        lines.cause = take(line, 0);
    y += hasNext ? gap : 0;
    if (hasNext && y + button <= space.bottom())
        lines.next = take(button, 0);
    return lines;
}

struct NextRow {
    QRect words, button;
};

NextRow nextRow(const QRect &row, const TileView &view, const QFont &body)
{
    if (row.isEmpty() || view.text.health.state != CameraHealth::State::Offline)
        return {row, {}};
    const int words = qRound(digitsWidth(QFontMetricsF(roleFont(body, TextRole::Secondary)), view.text.nextTry));
    const int button = QFontMetrics(roleFont(body, TextRole::Secondary)).horizontalAdvance(tryNowWord()) + px(body, 24);
    const int gap = px(body, 12);
    if (words + gap + button > row.width())
        return {row, {}};
    const int left = row.left() + (row.width() - words - gap - button) / 2;
    return {QRect(left, row.top(), words, row.height()), QRect(left + words + gap, row.top(), button, row.height())};
}

void paintEmpty(const Pen &pen, const QRect &space, const TileView &view)
{
    QPainter &p = pen.p;
    p.fillRect(space, pen.theme.color(Token::Window));
    const EmptyLines lines = emptyLines(space, view, pen.body);
    p.save();
    if (view.text.health.glyph == Glyph::Connecting && view.ringAngle != 0) {
        p.translate(QRectF(lines.glyph).center());
        p.rotate(view.ringAngle);
        p.translate(-QRectF(lines.glyph).center());
    }
    drawGlyph(p, lines.glyph, view.text.health.glyph, pen.theme);
    p.restore();
    const auto centred = [&](const QRect &rect, const QString &text) {
        const QString shown = p.fontMetrics().elidedText(text, Qt::ElideMiddle, rect.width());
        p.drawText(rect, Qt::AlignCenter | Qt::TextSingleLine, shown);
    };
    pen.use(space.width() < pen.px(kShortWordsBelow) ? TextRole::SecondaryStrong : TextRole::Title, Token::Text);
    centred(lines.headline, view.text.headline);
    pen.use(TextRole::Secondary, Token::Text2);
    if (!lines.cause.isEmpty())
        centred(lines.cause, view.text.cause);
    if (lines.next.isEmpty())
        return;
    const NextRow row = nextRow(lines.next, view, pen.body);
    QString words = view.text.nextTry;
    if (row.button.isEmpty()) {
        centred(row.words, words);
        return;
    }
    words[0] = words[0].toUpper();
    drawDigits(p, row.words, Qt::AlignLeft, words);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(QPen(pen.theme.color(Token::Border), 1));
    p.setBrush(pen.theme.color(view.tryNowHovered ? Token::Hover : Token::Raised));
    p.drawRoundedRect(QRectF(row.button).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    pen.use(TextRole::Secondary, Token::Text);
    p.drawText(row.button, Qt::AlignCenter, tryNowWord());
}

void paintEngineering(const Pen &pen, const QRect &space, const TileView &view)
{
    if (view.engineering.isEmpty() || space.width() < pen.px(kShortWordsBelow))
        return;
    const Theme &dark = Theme::dark();
    pen.use(TextRole::Fixed, Token::Text, dark);
    const int pad = pen.px(6);
    const QRect most = space.adjusted(pad, pad, -pad, -pad);
    const QRect text = pen.p.fontMetrics().boundingRect(most.adjusted(pad, pad, -pad, -pad), Qt::AlignLeft, view.engineering);
    pen.p.fillRect(text.adjusted(-pad, -pad, pad, pad).intersected(most), dark.color(Token::Scrim));
    pen.p.drawText(most.adjusted(pad, pad, -pad, -pad), Qt::AlignLeft | Qt::AlignTop, view.engineering);
}

/// Top right, on scrim: that the picture is not whole.
void paintZoom(const Pen &pen, const QRect &space, const TileView &view)
{
    const Theme &dark = Theme::dark();
    pen.use(TextRole::SecondaryStrong, Token::Text, dark);
    const int pad = pen.px(6);
    QRect box(0, 0, qCeil(pen.width(view.zoom)) + 2 * pad, pen.px(20));
    box.moveTopRight(space.topRight() + QPoint(-pad, pad));
    if (!space.contains(box))
        return;
    pen.p.fillRect(box, dark.color(Token::Scrim));
    drawDigits(pen.p, QRectF(box).adjusted(pad, 0, -pad, 0), Qt::AlignRight, view.zoom);
}

void paintPicture(const Pen &pen, const TileGeometry &geometry, const TileView &view)
{
    QPainter &p = pen.p;
    for (const QRect &margin : QRegion(geometry.space) - geometry.picture)
        p.fillRect(margin, pen.theme.color(Token::Picture));
    if (view.drawnBelow)
        return;
    const qreal dpr = p.device()->devicePixelRatioF();
    const QSize device(qRound(geometry.picture.width() * dpr), qRound(geometry.picture.height() * dpr));
    if (view.picture.size() == device) {
        // Pixel for pixel: undo the scale of the painter, so that the raster engine only copies.
        p.save();
        p.setWorldTransform(QTransform::fromScale(1 / dpr, 1 / dpr) * p.worldTransform());
        p.drawImage(QPointF(geometry.picture.topLeft()) * dpr, view.picture);
        p.restore();
    } else {
        p.drawImage(geometry.picture, view.picture); // while the tile is being resized
    }
}

void paintRings(const Pen &pen, const QRect &tile, const TileView &view)
{
    if (!view.selected)
        return;
    QPainter &p = pen.p;
    const QColor accent = pen.theme.color(Token::Accent);
    p.setBrush(Qt::NoBrush);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(QPen(accent, 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
    p.drawRoundedRect(QRectF(tile).adjusted(1, 1, -1, -1), 2, 2);
    if (view.focused) {
        p.setPen(QPen(accent, 2));
        p.drawRoundedRect(QRectF(tile).adjusted(-2, -2, 2, 2), 3, 3);
    }
    p.setRenderHint(QPainter::Antialiasing, false);
}

} // namespace

WallMetrics wallMetrics(int tiles, const QFont &body)
{
    return {gutterFor(tiles, fontScale(body)), px(body, 26), px(body, 200)};
}

TileGeometry tileGeometry(const QRect &tile, const TileView &view, const WallMetrics &metrics, const QFont &body)
{
    TileGeometry g;
    g.space = pictureSpace(tile, metrics);
    if (g.space.top() > tile.top())
        g.bar = QRect(tile.topLeft(), QSize(tile.width(), g.space.top() - tile.top()));
    else
        g.overlay = QRect(tile.topLeft(), QSize(tile.width() < px(body, kGlyphOnlyBelow) ? px(body, 20) : tile.width(),
                                                std::min(px(body, 18), tile.height())));
    g.picture = fitPicture(g.space, view.pictureSize);
    g.latency = g.bar.isEmpty() ? QRect() : g.bar.adjusted(g.bar.width() - std::min(g.bar.width(), px(body, 120)), 0, 0, 0);
    if (!view.hasPicture())
        g.tryNow = nextRow(emptyLines(g.space, view, body).next, view, body).button;
    return g;
}

void paintTile(QPainter &painter, const QRect &tile, const TileView &view, const WallMetrics &metrics, const QFont &body,
               const Theme &theme, const QRegion &dirty)
{
    const Pen pen{painter, body, theme};
    const TileGeometry geometry = tileGeometry(tile, view, metrics, body);
    const bool live = view.text.health.state == CameraHealth::State::Live;
    if (dirty.intersects(geometry.space)) {
        if (!view.hasPicture())
            paintEmpty(pen, geometry.space, view);
        else
            paintPicture(pen, geometry, view);
        if (view.hasPicture() && !live)
            paintReason(pen, geometry.space, view);
        if (!view.zoom.isEmpty() && view.hasPicture())
            paintZoom(pen, geometry.picture, view);
        if (view.level == OverlayLevel::Engineering && view.hasPicture())
            paintEngineering(pen, geometry.space, view);
    }
    const bool hasBar = !geometry.bar.isEmpty();
    if (hasBar && dirty.intersects(geometry.bar))
        paintBar(pen, geometry.bar, view);
    else if (!hasBar && (view.level != OverlayLevel::None || !live || view.text.recorded))
        paintOverlayBar(pen, geometry.overlay, view, tile.width() < pen.px(kGlyphOnlyBelow));
    paintRings(pen, tile, view);
}

} // namespace vedette::app
