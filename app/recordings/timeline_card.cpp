// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/timeline_card.h"

#include "app/widgets/digits.h"
#include "app/widgets/theme.h"

#include <QFontMetrics>
#include <QPainter>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr int kPictureWidth = 192, kPictureHeight = 108, kPad = 10, kWordsWidth = 300;

struct Line {
    QString text;
    TextRole role;
    Token token;
};

std::vector<Line> linesOf(const LaneWords &words)
{
    std::vector<Line> lines;
    const auto add = [&lines](const QString &text, TextRole role, Token token) {
        if (!text.isEmpty())
            lines.push_back({text, role, token});
    };
    add(words.title, TextRole::Name, Token::Text);
    add(words.where, TextRole::Secondary, Token::Text2);
    add(words.why, TextRole::Secondary, Token::Text);
    add(words.more, TextRole::Secondary, Token::Text2);
    return lines;
}

} // namespace

TimelineCard::TimelineCard(QWidget *parent) : QWidget(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    hide();
}

void TimelineCard::setWords(const QString &time, const LaneWords &words, bool thumbnail)
{
    m_time = time;
    m_words = words;
    if (m_thumbnail != thumbnail)
        m_image = {};
    m_thumbnail = thumbnail;
    m_problem.clear();
    setAccessibleName(QStringList{time, words.title, words.where, words.why, words.more}.join(QLatin1Char(' ')));
    resize(sizeHint());
    update();
}

void TimelineCard::setThumbnail(const QImage &image, const QString &problem)
{
    m_image = image;
    m_problem = problem;
    update();
}

int TimelineCard::textHeight(int width) const
{
    int height = 0;
    for (const Line &line : linesOf(m_words)) {
        const QFontMetrics metrics(roleFont(font(), line.role));
        height += metrics.boundingRect(0, 0, width, 1000, Qt::TextWordWrap, line.text).height() + scaled(font(), 3);
    }
    return height;
}

QSize TimelineCard::sizeHint() const
{
    const auto px = [this](qreal v) { return scaled(font(), v); };
    const int inner = px(m_thumbnail ? kPictureWidth : kWordsWidth);
    int width = inner;
    if (!m_thumbnail) {
        width = 0;
        for (const Line &line : linesOf(m_words))
            width = std::max(width, QFontMetrics(roleFont(font(), line.role)).horizontalAdvance(line.text) + 2);
        width = std::min(width, inner);
    }
    const int picture = m_thumbnail ? px(kPictureHeight) + px(6) : 0;
    return {width + 2 * px(kPad), picture + textHeight(width) + 2 * px(kPad) - px(3)};
}

void TimelineCard::showAbove(const QPoint &point)
{
    const QRect inside = parentWidget()->rect().adjusted(4, 4, -4, -4);
    QRect place(point - QPoint(width() / 2, height() + scaled(font(), 8)), size());
    place.moveLeft(std::clamp(place.left(), inside.left(), std::max(inside.left(), inside.right() - place.width())));
    if (place.top() < inside.top())
        place.moveTop(point.y() + scaled(font(), 30));
    move(place.topLeft());
    raise();
    show();
}

void TimelineCard::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Theme &theme = Theme::shown();
    const auto px = [this](qreal v) { return scaled(font(), v); };
    painter.fillRect(rect(), theme.color(Token::Raised));
    painter.setPen(theme.color(Token::Border));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    QRect left = rect().adjusted(px(kPad), px(kPad), -px(kPad), -px(kPad));
    if (m_thumbnail) {
        const QRect picture(left.left(), left.top(), left.width(), px(kPictureHeight));
        painter.fillRect(picture, theme.color(Token::Picture));
        const Theme &onPicture = Theme::dark();
        if (!m_image.isNull()) {
            const QSize size = m_image.size().scaled(picture.size(), Qt::KeepAspectRatio);
            painter.setRenderHint(QPainter::SmoothPixmapTransform);
            painter.drawImage(QRect(picture.center() - QPoint(size.width() / 2 - 1, size.height() / 2 - 1), size), m_image);
        } else if (!m_problem.isEmpty()) {
            painter.setFont(roleFont(font(), TextRole::Small));
            painter.setPen(onPicture.color(Token::Text2));
            painter.drawText(picture.adjusted(px(8), px(8), -px(8), -px(8)), Qt::AlignCenter | Qt::TextWordWrap, m_problem);
        }
        painter.setFont(roleFont(font(), TextRole::SmallStrong));
        const int width = int(digitsWidth(QFontMetricsF(painter.font()), m_time)) + px(8), height = painter.fontMetrics().height() + px(2);
        const QRect label(picture.left(), picture.bottom() + 1 - height, width, height);
        painter.fillRect(label, onPicture.color(Token::Scrim));
        painter.setPen(onPicture.color(Token::Text));
        drawDigits(painter, label.adjusted(px(4), 0, 0, 0), Qt::AlignLeft, m_time);
        left.setTop(picture.bottom() + 1 + px(6));
    }
    for (const Line &line : linesOf(m_words)) {
        painter.setFont(roleFont(font(), line.role));
        painter.setPen(theme.color(line.token));
        QRect drawn;
        painter.drawText(left, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, line.text, &drawn);
        left.setTop(drawn.bottom() + 1 + px(3));
    }
}

} // namespace vedette::app
