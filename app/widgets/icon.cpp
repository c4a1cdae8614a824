// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/icon.h"

#include "app/widgets/theme.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QSvgRenderer>

namespace vedette::app {

namespace {

class TintedSvg final : public QIconEngine {
public:
    explicit TintedSvg(QByteArray svg) : m_svg(std::move(svg)) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State state) override
    {
        const Theme &theme = Theme::shown();
        Token token = Token::Text2;
        if (mode == QIcon::Disabled)
            token = Token::Disabled;
        else if (mode == QIcon::Active || mode == QIcon::Selected || state == QIcon::On)
            token = Token::Text;
        QByteArray svg = m_svg;
        svg.replace("currentColor", theme.color(token).name().toLatin1());
        QSvgRenderer(svg).render(painter, rect);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap result(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paint(&painter, QRect({}, size), mode, state);
        return result;
    }

    QIconEngine *clone() const override { return new TintedSvg(*this); }

private:
    QByteArray m_svg;
};

} // namespace

QIcon icon(const QString &name)
{
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QIcon(new TintedSvg(file.readAll()));
}

} // namespace vedette::app
