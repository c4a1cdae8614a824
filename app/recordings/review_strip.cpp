// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/review_strip.h"

#include "app/recordings/thumbnailer.h"
#include "app/recordings/timeline_widget.h"
#include "app/widgets/digits.h"
#include "app/widgets/glyph_label.h"
#include "app/widgets/icon.h"
#include "app/widgets/time_text.h"
#include "core/review/transport.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace vedette::app {

namespace {

constexpr int kControls = 116;  // logical pixels
constexpr int kThreeRows = 84; // high enough for all of them

} // namespace

ReviewStrip::ReviewStrip(review::ReviewModel &model, review::Transport &transport, const recordings::Library &library, QWidget *parent)
    : QFrame(parent), m_model(model), m_transport(transport), m_glyph(new GlyphLabel(Glyph::Live, 12)),
      m_age(new DigitLabel(TextRole::SecondaryStrong)), m_live(new QPushButton(tr("Live"))),
      m_recordings(new QPushButton(tr("Recordings ↗"))), m_timeline(new TimelineWidget(model, TimelineForm::Strip))
{
    setObjectName(QStringLiteral("transport"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_live->setProperty("compact", true);
    m_recordings->setProperty("compact", true);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 1, 0, 0);
    row->setSpacing(0);
    auto *controls = new QWidget(this);
    controls->setFixedWidth(scaled(font(), kControls));
    auto *column = new QVBoxLayout(controls);
    const int pad = scaled(font(), 6);
    column->setContentsMargins(pad, scaled(font(), 4), pad, scaled(font(), 4));
    column->setSpacing(scaled(font(), 2));
    auto *state = new QHBoxLayout;
    state->setSpacing(scaled(font(), 6));
    state->addWidget(m_glyph);
    state->addWidget(m_age, 1);
    m_age->setReserve(QStringLiteral("−00:00"));
    column->addLayout(state);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(0);
    const auto add = [&](const QString &name, const QString &text, const QString &key, const std::function<void()> &run) {
        auto *button = new QToolButton(controls);
        button->setIcon(icon(name));
        button->setIconSize({scaled(font(), 16), scaled(font(), 16)});
        button->setToolTip(QStringLiteral("%1 (%2)").arg(text, key));
        button->setAccessibleName(text);
        connect(button, &QToolButton::clicked, this, run);
        buttons->addWidget(button);
        return button;
    };
    add(QStringLiteral("backward"), tr("The last 30 s once more"), QStringLiteral("R"), [this] { m_transport.replay(std::chrono::seconds{30}); });
    m_play = add(QStringLiteral("pause"), tr("Play, pause"), tr("Space"), [this] { m_transport.toggle(); });
    m_live->setToolTip(tr("Back to live (End)"));
    connect(m_live, &QPushButton::clicked, &m_model, &review::ReviewModel::goLive);
    buttons->addStretch(1);
    buttons->addWidget(m_live);
    column->addLayout(buttons);
    m_recordings->setToolTip(tr("Take cameras and moment along to Recordings (Ctrl+2)"));
    connect(m_recordings, &QPushButton::clicked, this, &ReviewStrip::recordingsWanted);
    column->addWidget(m_recordings);
    row->addWidget(controls);
    row->addWidget(m_timeline, 1);
    (new Thumbnailer(library, this))->serve(*m_timeline);

    connect(&m_model, &review::ReviewModel::cursorMoved, this, &ReviewStrip::update);
    connect(&m_transport, &review::Transport::changed, this, &ReviewStrip::update);
    update();
}

void ReviewStrip::update()
{
    const bool live = m_model.atLiveEdge();
    m_glyph->setGlyph(live ? Glyph::Live : Glyph::Playback);
    m_age->setText(live ? tr("Live") : QStringLiteral("−") + ageText(m_model.liveEdge() - m_model.cursor()));
    m_age->setToken(live ? Token::Live : Token::Playback);
    m_live->setVisible(!live);
    const bool moves = live || m_transport.playing();
    m_play->setIcon(icon(moves ? QStringLiteral("pause") : QStringLiteral("play")));
}

void ReviewStrip::resizeEvent(QResizeEvent *event)
{
    m_recordings->setVisible(height() >= scaled(font(), kThreeRows));
    QFrame::resizeEvent(event);
}

} // namespace vedette::app
