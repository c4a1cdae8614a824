// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/theme.h"

#include <QRectF>
#include <QWidget>

class QFontMetricsF;
class QPainter;

namespace vedette::app {

/// Text whose digits stand in cells as wide as the widest one, so that nothing moves when a figure changes
/// (QFont has no "tnum" before Qt 6.7).
qreal digitsWidth(const QFontMetricsF &metrics, const QString &text);
/// Draws with the painter's font and pen, vertically centred. alignment: left or right.
void drawDigits(QPainter &painter, const QRectF &rect, Qt::Alignment alignment, const QString &text);

/// A figure on a panel: role font, token colour, width reserved for the longest value.
class DigitLabel final : public QWidget {
    Q_OBJECT
public:
    explicit DigitLabel(TextRole role, QWidget *parent = nullptr);

    void setText(const QString &text);
    const QString &text() const { return m_text; }
    void setToken(Token token);
    /// The widest text to be expected.
    void setReserve(const QString &text);
    void setAlignment(Qt::Alignment alignment);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    TextRole m_role;
    Token m_token = Token::Text;
    Qt::Alignment m_alignment = Qt::AlignLeft;
    QString m_text;
    QString m_reserve;
};

} // namespace vedette::app
