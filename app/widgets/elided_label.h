// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/theme.h"

#include <QWidget>

namespace vedette::app {

/// One line of text that elides in the middle and tells the whole of it in its tooltip.
class ElidedLabel final : public QWidget {
    Q_OBJECT
public:
    explicit ElidedLabel(TextRole role, Token token = Token::Text, QWidget *parent = nullptr);

    void setText(const QString &text);
    const QString &text() const { return m_text; }
    void setToken(Token token);
    void setElideMode(Qt::TextElideMode mode) { m_mode = mode; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void updateToolTip();

    TextRole m_role;
    Token m_token;
    Qt::TextElideMode m_mode = Qt::ElideMiddle;
    QString m_text;
};

} // namespace vedette::app
