// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/status_bar.h"

#include "app/widgets/digits.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/glyph_label.h"

#include <QEvent>
#include <QHBoxLayout>

#include <algorithm>

namespace vedette::app {

StatusBar::StatusBar(QWidget *parent)
    : QFrame(parent), m_row(new QHBoxLayout(this)), m_glyph(new GlyphLabel(Glyph::None, 14, this)),
      m_problem(new ElidedLabel(TextRole::SecondaryStrong, Token::Text, this)),
      m_cause(new ElidedLabel(TextRole::Secondary, Token::Text2, this))
{
    setObjectName(QStringLiteral("statusBar"));
    setFixedHeight(scaled(font(), 28));
    m_row->setContentsMargins(12, 0, 12, 0);
    m_row->setSpacing(8);
    m_cause->setElideMode(Qt::ElideRight);
    m_row->addWidget(m_glyph);
    m_row->addWidget(m_problem);
    m_row->addWidget(m_cause, 1);
    m_live = addCount(Glyph::Live);
    m_direct = addCount(Glyph::Direct);
    m_fallback = addCount(Glyph::Fallback);
    m_connecting = addCount(Glyph::Connecting);
    m_stale = addCount(Glyph::Stale);
    m_offline = addCount(Glyph::Offline);
    m_relay = addCount(Glyph::None);
    m_broker = addCount(Glyph::None);
}

StatusBar::Count StatusBar::addCount(Glyph glyph)
{
    Count count;
    count.box = new QWidget(this);
    auto *row = new QHBoxLayout(count.box);
    row->setContentsMargins(0, 0, 4, 0);
    row->setSpacing(6);
    auto *separator = new QFrame(count.box);
    separator->setObjectName(QStringLiteral("vline"));
    separator->setFixedSize(1, scaled(font(), 14));
    row->addWidget(separator);
    row->addSpacing(6);
    if (glyph != Glyph::None)
        row->addWidget(new GlyphLabel(glyph, 12, count.box));
    count.label = new DigitLabel(TextRole::Secondary, count.box);
    count.label->setToken(Token::Text2);
    row->addWidget(count.label);
    m_row->addWidget(count.box);
    count.box->hide();
    return count;
}

void StatusBar::show(const Count &count, const QString &text, const QString &toolTip)
{
    count.label->setText(text);
    count.label->setToolTip(toolTip);
    count.box->setVisible(!text.isEmpty());
}

void StatusBar::setSummary(const FleetSummary &s, const QList<LinkState> &links)
{
    m_glyph->setGlyph(s.glyph);
    m_glyph->setVisible(s.glyph != Glyph::None);
    m_problem->setText(s.problem);
    m_cause->setText(s.cause);
    const int total = s.live + s.stale + s.offline + s.connecting;
    const auto counted = [](int n, const QString &text) { return n > 0 ? text : QString(); };
    show(m_live, total > 0 ? tr("%1 live").arg(s.live) : QString(), tr("Cameras with new pictures"));
    show(m_direct, counted(s.direct, tr("%1 direct").arg(s.direct)), tr("Live pictures that come from the agent itself"));
    show(m_fallback, counted(s.fallback, tr("%1 MJPEG").arg(s.fallback)), tr("Live pictures, fewer and as JPEG, because nothing better arrives"));
    show(m_connecting, counted(s.connecting, tr("%1 connecting").arg(s.connecting)));
    show(m_stale, counted(s.stale, tr("%1 stale").arg(s.stale)), tr("The last picture is shown, dimmed"));
    show(m_offline, counted(s.offline, tr("%1 offline").arg(s.offline)));
    show(m_relay, s.withRelay > 0 ? tr("Relay %1/%2").arg(s.onRelay).arg(s.withRelay) : tr("No relay"),
         tr("Pictures that come by the relay, of cameras that have that path"));
    const auto isServer = [](const LinkState &link) { return link.address.kind == Address::Kind::Server; };
    const auto servers = std::count_if(links.begin(), links.end(), isServer);
    const auto up = std::count_if(links.begin(), links.end(), [&](const LinkState &l) { return isServer(l) && l.up; });
    QString broker = tr("No broker");
    if (servers == 1)
        broker = up ? tr("Broker ok") : tr("Broker away");
    else if (servers > 1)
        broker = tr("Brokers %1/%2").arg(up).arg(servers);
    show(m_broker, broker);
}

void StatusBar::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange)
        setFixedHeight(scaled(font(), 28));
    QFrame::changeEvent(event);
}

} // namespace vedette::app
