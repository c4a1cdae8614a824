// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/elided_label.h"

#include <QFontMetrics>
#include <QPainter>

namespace vedette::app {

ElidedLabel::ElidedLabel(TextRole role, Token token, QWidget *parent) : QWidget(parent), m_role(role), m_token(token)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void ElidedLabel::setText(const QString &text)
{
    if (text == m_text)
        return;
    m_text = text;
    setAccessibleName(text);
    updateGeometry();
    updateToolTip();
    update();
}

void ElidedLabel::setToken(Token token)
{
    if (token == m_token)
        return;
    m_token = token;
    update();
}

QSize ElidedLabel::sizeHint() const
{
    const QFontMetrics metrics(roleFont(font(), m_role));
    return {metrics.horizontalAdvance(m_text) + 2, metrics.height()};
}

QSize ElidedLabel::minimumSizeHint() const
{
    const QFontMetrics metrics(roleFont(font(), m_role));
    return {qMin(sizeHint().width(), metrics.horizontalAdvance(QStringLiteral("M…M"))), metrics.height()};
}

void ElidedLabel::updateToolTip()
{
    const QFontMetrics metrics(roleFont(font(), m_role));
    setToolTip(metrics.horizontalAdvance(m_text) > width() ? m_text : QString());
}

void ElidedLabel::resizeEvent(QResizeEvent *)
{
    updateToolTip();
}

void ElidedLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(roleFont(font(), m_role));
    painter.setPen(Theme::shown().color(m_token));
    const QString shown = painter.fontMetrics().elidedText(m_text, m_mode, width());
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, shown);
}

} // namespace vedette::app
