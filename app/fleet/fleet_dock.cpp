// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fleet/fleet_dock.h"

#include "app/fleet/fleet_delegate.h"
#include "app/widgets/digits.h"
#include "app/widgets/elided_label.h"
#include "app/widgets/glyph_label.h"
#include "app/widgets/icon.h"

#include <QAction>
#include <QFrame>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QTreeView>
#include <QVBoxLayout>

namespace vedette::app {

FleetDock::FleetDock(FleetModel &model, const control::FleetStore &fleet, QWidget *parent)
    : QWidget(parent), m_model(model), m_fleet(fleet), m_search(new QLineEdit(this)), m_tree(new QTreeView(this)),
      m_empty(new QLabel(tr("No cameras yet."), this))
{
    setObjectName(QStringLiteral("dockBody"));
    setAttribute(Qt::WA_StyledBackground);
    m_filter.setSourceModel(&model);
    m_search->setAccessibleName(tr("Filter cameras"));
    m_search->setToolTip(tr("Part of a name, or state:live, state:stale, state:offline (/)"));
    m_search->addAction(icon(QStringLiteral("filter")), QLineEdit::LeadingPosition);
    m_search->setClearButtonEnabled(true);
    m_search->installEventFilter(this);

    m_tree->setModel(&m_filter);
    m_tree->setItemDelegate(new FleetDelegate(m_tree));
    m_tree->setHeaderHidden(true);
    m_tree->setIndentation(0);
    m_tree->setRootIsDecorated(false);
    m_tree->setUniformRowHeights(true);
    m_tree->setMouseTracking(true);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setExpandsOnDoubleClick(false);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setAccessibleName(tr("Fleet"));
    m_empty->setProperty("secondary", true);
    m_empty->setMargin(12);
    m_empty->setAlignment(Qt::AlignLeft | Qt::AlignTop);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *top = new QHBoxLayout;
    top->setContentsMargins(8, 10, 8, 8);
    top->addWidget(m_search);
    column->addLayout(top);
    column->addWidget(m_tree, 1);
    column->addWidget(m_empty, 1);
    m_card = makeCard();
    column->addWidget(m_card);

    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filter.setText(text);
        m_tree->expandAll();
        updateEmpty();
    });
    connect(m_tree, &QTreeView::clicked, this, [this](const QModelIndex &index) {
        if (index.data(FleetModel::KindRole).toInt() == int(FleetModel::Kind::Agent))
            m_tree->setExpanded(index, !m_tree->isExpanded(index));
    });
    connect(m_tree, &QTreeView::activated, this, [this](const QModelIndex &index) {
        if (const QString camera = cameraOf(index); !camera.isEmpty())
            Q_EMIT cameraActivated(camera);
    });
    connect(m_tree, &QTreeView::collapsed, this, [this](const QModelIndex &i) { m_collapsed.insert(i.data(FleetModel::IdRole).toString()); });
    connect(m_tree, &QTreeView::expanded, this, [this](const QModelIndex &i) { m_collapsed.remove(i.data(FleetModel::IdRole).toString()); });
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex &index) {
        const QString camera = cameraOf(index);
        if (!camera.isEmpty() && camera != m_selected)
            Q_EMIT cameraSelected(camera);
    });
    connect(&m_filter, &QAbstractItemModel::rowsInserted, this, &FleetDock::expandNew);
    connect(&m_filter, &QAbstractItemModel::rowsRemoved, this, &FleetDock::updateEmpty);
    connect(&m_model, &QAbstractItemModel::dataChanged, this, &FleetDock::updateCard);
    expandNew();
    updateCard();
}

QWidget *FleetDock::makeCard()
{
    auto *card = new QFrame(this);
    card->setObjectName(QStringLiteral("dockFoot"));
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(12, 10, 12, 12);
    column->setSpacing(3);
    auto *caption = new ElidedLabel(TextRole::Small, Token::Muted, card);
    caption->setText(tr("SELECTED"));
    m_cardName = new ElidedLabel(TextRole::Name, Token::Text, card);
    m_cardFacts = new ElidedLabel(TextRole::Secondary, Token::Text2, card);
    m_cardGlyph = new GlyphLabel(Glyph::Connecting, 12, card);
    m_cardState = new DigitLabel(TextRole::Secondary, card);
    m_cardCause = new QLabel(card);
    m_cardCause->setWordWrap(true);
    m_cardCause->setProperty("secondary", true);
    column->addWidget(caption);
    column->addSpacing(2);
    column->addWidget(m_cardName);
    column->addWidget(m_cardFacts);
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_cardGlyph);
    row->addWidget(m_cardState, 1);
    column->addSpacing(2);
    column->addLayout(row);
    column->addWidget(m_cardCause);
    return card;
}

QString FleetDock::cameraOf(const QModelIndex &index) const
{
    return index.data(FleetModel::KindRole).toInt() == int(FleetModel::Kind::Camera) && index.isValid()
               ? index.data(FleetModel::IdRole).toString()
               : QString();
}

void FleetDock::expandNew()
{
    for (int row = 0; row < m_filter.rowCount(); ++row) {
        const QModelIndex agent = m_filter.index(row, 0);
        if (!m_collapsed.contains(agent.data(FleetModel::IdRole).toString()))
            m_tree->setExpanded(agent, true);
    }
    updateEmpty();
    const QString selected = std::exchange(m_selected, QString());
    select(selected);
}

void FleetDock::updateEmpty()
{
    const bool any = m_filter.rowCount() > 0;
    const bool none = m_model.rowCount() == 0;
    m_empty->setText(none ? tr("No cameras yet.") : tr("No camera matches."));
    m_tree->setVisible(any);
    m_empty->setVisible(!any);
    m_search->setVisible(!none);
}

void FleetDock::select(const QString &camera)
{
    m_selected = camera;
    const QModelIndex index = m_filter.mapFromSource(m_model.indexOfCamera(camera));
    if (index.isValid())
        m_tree->setCurrentIndex(index);
    updateCard();
}

void FleetDock::focusFilter()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void FleetDock::updateCard()
{
    const auto camera = m_fleet.camera(m_selected);
    m_card->setVisible(camera.has_value());
    if (!camera)
        return;
    m_cardName->setText(camera->status.name.isEmpty() ? camera->status.id : camera->status.name);
    QStringList facts{camera->agent};
    if (!camera->status.source.isEmpty())
        facts << camera->status.source;
    if (!camera->status.streams.isEmpty() && camera->status.streams.first().width > 0)
        facts << QStringLiteral("%1 × %2").arg(camera->status.streams.first().width).arg(camera->status.streams.first().height);
    m_cardFacts->setText(facts.join(QStringLiteral(" · ")));
    const CameraHealth health = m_model.health(m_selected);
    m_cardGlyph->setGlyph(health.glyph);
    m_cardState->setText(health.path == CameraHealth::Path::Relay && health.state == CameraHealth::State::Live
                             ? tr("%1 by the relay").arg(health.word)
                         : health.path == CameraHealth::Path::Direct && health.state == CameraHealth::State::Live
                             ? tr("%1, direct from the agent").arg(health.word)
                         : health.path == CameraHealth::Path::Mjpeg && health.state == CameraHealth::State::Live
                             ? tr("%1, as MJPEG from the agent").arg(health.word)
                             : health.word);
    m_cardCause->setText(health.cause);
    m_cardCause->setVisible(!health.cause.isEmpty());
}

bool FleetDock::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_search && event->type() == QEvent::Resize) {
        const QString hint = tr("Filter, e.g. state:offline");
        const int room = m_search->width() - scaled(font(), 52); // icon and margins
        m_search->setPlaceholderText(m_search->fontMetrics().horizontalAdvance(hint) <= room ? hint : tr("Filter"));
    }
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Escape && !m_search->text().isEmpty()) {
            m_search->clear();
            return true;
        }
        if (key->key() == Qt::Key_Down || key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            m_tree->setFocus(Qt::TabFocusReason);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace vedette::app
