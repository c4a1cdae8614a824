// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/transport_bar.h"

#include "app/widgets/digits.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/icon.h"
#include "app/widgets/segmented.h"
#include "core/base/compat.h"
#include "core/review/time_ticks.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QToolButton>

#include <array>
#include <cmath>

namespace vedette::app {

namespace {

constexpr std::array kRates = {0.25, 1.0, 2.0, 8.0};
// Logical pixels of the bar from which on its parts are shown; what is said twice goes first.
constexpr int kWordsFrom = 1320, kRatesFrom = 940, kLiveWordFrom = 900, kNoteFrom = 1000, kDateFrom = 720, kLeast = 480;

QString tip(const QString &text, const QString &key)
{
    return QStringLiteral("%1 (%2)").arg(text, key);
}

} // namespace

QString rateText(double rate)
{
    const double size = std::abs(rate);
    QString text = QLocale().toString(size, 'g', 3);
    if (std::abs(size - 0.25) < 1e-6)
        text = QStringLiteral("¼");
    else if (std::abs(size - 0.5) < 1e-6)
        text = QStringLiteral("½");
    return (rate < 0 ? QStringLiteral("−") : QString()) + text + QStringLiteral(" ×");
}

TransportBar::TransportBar(QWidget *parent) : QFrame(parent)
{
    setObjectName(QStringLiteral("transport"));
    setFixedHeight(scaled(font(), 44));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(scaled(font(), 12), 0, scaled(font(), 12), 0);
    row->setSpacing(scaled(font(), 6));
    addButton(QStringLiteral("backward"), tr("Slower, then backward"), QStringLiteral("J"), [this] { Q_EMIT slowerWanted(); });
    addButton(QStringLiteral("step-back"), tr("Back one picture"), QStringLiteral(","), [this] { Q_EMIT stepWanted(-1); });
    m_play = addButton(QStringLiteral("play"), tr("Play"), tr("Space"), [this] { Q_EMIT playToggled(); });
    m_play->setObjectName(QStringLiteral("playButton"));
    m_play->setFixedWidth(scaled(font(), 44));
    addButton(QStringLiteral("step-forward"), tr("Forward one picture"), QStringLiteral("."), [this] { Q_EMIT stepWanted(1); });
    addButton(QStringLiteral("forward"), tr("Faster"), QStringLiteral("L"), [this] { Q_EMIT fasterWanted(); });
    row->addSpacing(scaled(font(), 6));
    m_rates = new Segmented(this);
    m_rates->setAccessibleName(tr("Speed"));
    for (std::size_t i = 0; i < kRates.size(); ++i)
        m_rates->add(int(i), rateText(kRates[i]), tr("Play at %1").arg(rateText(kRates[i])));
    m_rates->add(int(kRates.size()), rateText(-16), tr("The speed that J and L have chosen"));
    row->addWidget(m_rates);
    connect(m_rates, &Segmented::chosen, this, [this](int id) {
        if (id < int(kRates.size()))
            Q_EMIT rateChosen(kRates[std::size_t(id)]);
    });
    row->addSpacing(scaled(font(), 6));
    m_clock = new DigitLabel(TextRole::Readout, this);
    m_clock->setReserve(QStringLiteral("00:00:00.000"));
    row->addWidget(m_clock);
    m_date = new QToolButton(this);
    m_date->setToolTip(tr("Choose the zone that times are shown in"));
    m_date->setAccessibleName(tr("Date and zone"));
    connect(m_date, &QToolButton::clicked, this, &TransportBar::zoneMenuWanted);
    row->addWidget(m_date);
    m_note = new ElidedLabel(TextRole::Secondary, Token::Text2, this);
    row->addWidget(m_note, 1);
    m_goTo = addAction(QStringLiteral("calendar"), tr("Go to"), QStringLiteral("G"), [this] { Q_EMIT goToWanted(); });
    m_bookmark = addAction(QStringLiteral("bookmark"), tr("Bookmark"), QStringLiteral("B"), [this] { Q_EMIT bookmarkWanted(); });
    m_protect = addAction(QStringLiteral("protect"), tr("Protect"), tr("range with Shift and drag"), [this] { Q_EMIT protectWanted(); });
    m_live = addAction(QStringLiteral("play"), tr("Live edge"), tr("End"), [this] { Q_EMIT liveWanted(); });
    m_live->setObjectName(QStringLiteral("liveButton"));
    m_words = {m_goTo->text(), m_bookmark->text(), m_protect->text(), m_live->text()};
}

QToolButton *TransportBar::addButton(const QString &name, const QString &text, const QString &key, const std::function<void()> &run)
{
    auto *button = new QToolButton(this);
    button->setIcon(icon(name));
    button->setIconSize({scaled(font(), 18), scaled(font(), 18)});
    button->setToolTip(tip(text, key));
    button->setAccessibleName(text);
    button->setFixedHeight(scaled(font(), 28));
    connect(button, &QToolButton::clicked, this, run);
    layout()->addWidget(button);
    return button;
}

QPushButton *TransportBar::addAction(const QString &name, const QString &text, const QString &key, const std::function<void()> &run)
{
    auto *button = new QPushButton(icon(name), text, this);
    button->setIconSize({scaled(font(), 16), scaled(font(), 16)});
    button->setToolTip(tip(text, key));
    button->setAccessibleName(text);
    connect(button, &QPushButton::clicked, this, run);
    layout()->addWidget(button);
    return button;
}

QWidget *TransportBar::goToButton() const
{
    return m_goTo;
}

QWidget *TransportBar::bookmarkButton() const
{
    return m_bookmark;
}

QWidget *TransportBar::protectButton() const
{
    return m_protect;
}

void TransportBar::show(const TransportState &state)
{
    if (state.playing != m_shownPlaying) {
        m_shownPlaying = state.playing;
        m_play->setIcon(icon(state.playing ? QStringLiteral("pause") : QStringLiteral("play")));
        m_play->setAccessibleName(state.playing ? tr("Pause") : tr("Play"));
        m_play->setToolTip(tip(m_play->accessibleName(), tr("Space")));
    }
    int rate = int(kRates.size());
    for (std::size_t i = 0; i < kRates.size(); ++i)
        rate = std::abs(state.rate - kRates[i]) < 1e-6 ? int(i) : rate;
    m_rates->setChoice(int(kRates.size()), rateText(state.rate), rate == int(kRates.size()));
    m_rates->setCurrent(rate);
    m_clock->setText(review::clockText(state.at, state.zone));
    m_clock->setToken(state.live ? Token::Live : Token::Text);
    const QString zone = state.zone == QTimeZone::utc() ? QStringLiteral("UTC")
                                                        : state.zone.abbreviation(QDateTime::fromMSecsSinceEpoch(toMicros(state.at) / 1000, compat::kUtc));
    m_date->setText(review::dateText(state.at, state.now, state.zone) + QStringLiteral(" · ") + zone);
    m_note->setText(state.note);
    m_note->setToken(state.warns ? Token::Stale : Token::Text2);
    m_protect->setEnabled(state.range && state.any);
    m_protect->setToolTip(state.range ? tr("Protect the chosen range from deletion") : tr("Choose a range first: Shift and drag, or [ and ]"));
    m_bookmark->setEnabled(state.any);
    m_play->setEnabled(state.any);
    if (m_live->property("live").toBool() != state.live) {
        m_live->setProperty("live", state.live);
        m_live->setToolTip(state.live ? tr("This is the live edge") : tip(tr("To the live edge"), tr("End")));
    }
}

void TransportBar::applyWidth()
{
    const auto from = [this](int logical) { return width() >= scaled(font(), logical); };
    const QList<QPushButton *> buttons = {m_goTo, m_bookmark, m_protect, m_live};
    for (qsizetype i = 0; i < buttons.size(); ++i)
        buttons[i]->setText(from(buttons[i] == m_live ? kLiveWordFrom : kWordsFrom) ? m_words[i] : QString());
    m_note->setVisible(from(kNoteFrom));
    m_rates->setVisible(from(kRatesFrom));
    m_date->setVisible(from(kDateFrom));
}

QSize TransportBar::minimumSizeHint() const
{
    return {scaled(font(), kLeast), height()};
}

void TransportBar::resizeEvent(QResizeEvent *event)
{
    applyWidth();
    QFrame::resizeEvent(event);
}

} // namespace vedette::app
