// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/digits.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace vedette::app {

namespace {

qreal cellWidth(const QFontMetricsF &metrics)
{
    qreal width = 0;
    for (char digit = '0'; digit <= '9'; ++digit)
        width = std::max(width, metrics.horizontalAdvance(QLatin1Char(digit)));
    return width;
}

} // namespace

qreal digitsWidth(const QFontMetricsF &metrics, const QString &text)
{
    const qreal cell = cellWidth(metrics);
    qreal width = 0;
    for (const QChar c : text)
        width += c.isDigit() ? cell : metrics.horizontalAdvance(c);
    return width;
}

void drawDigits(QPainter &painter, const QRectF &rect, Qt::Alignment alignment, const QString &text)
{
    const QFontMetricsF metrics(painter.font());
    const qreal cell = cellWidth(metrics);
    qreal x = rect.left();
    if (alignment & Qt::AlignRight)
        x = rect.right() - digitsWidth(metrics, text);
    const qreal baseline = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2;
    for (const QChar c : text) {
        const qreal advance = metrics.horizontalAdvance(c);
        const qreal width = c.isDigit() ? cell : advance;
        painter.drawText(QPointF(x + (width - advance) / 2, baseline), QString(c));
        x += width;
    }
}

DigitLabel::DigitLabel(TextRole role, QWidget *parent) : QWidget(parent), m_role(role)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void DigitLabel::setText(const QString &text)
{
    if (text == m_text)
        return;
    const QSize before = sizeHint();
    m_text = text;
    setAccessibleName(text);
    if (sizeHint() != before)
        updateGeometry();
    update();
}

void DigitLabel::setToken(Token token)
{
    if (token == m_token)
        return;
    m_token = token;
    update();
}

void DigitLabel::setReserve(const QString &text)
{
    m_reserve = text;
    updateGeometry();
}

void DigitLabel::setAlignment(Qt::Alignment alignment)
{
    m_alignment = alignment;
    update();
}

QSize DigitLabel::sizeHint() const
{
    const QFontMetricsF metrics(roleFont(font(), m_role));
    const qreal width = std::max(digitsWidth(metrics, m_text), digitsWidth(metrics, m_reserve));
    return {int(std::ceil(width)), int(std::ceil(metrics.height()))};
}

QSize DigitLabel::minimumSizeHint() const
{
    return sizeHint();
}

void DigitLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(roleFont(font(), m_role));
    painter.setPen(Theme::shown().color(isEnabled() ? m_token : Token::Disabled));
    drawDigits(painter, rect(), m_alignment, m_text);
}

} // namespace vedette::app
