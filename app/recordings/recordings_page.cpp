// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/recordings_page.h"

#include "app/recordings/go_to_popup.h"
#include "app/recordings/lane_text.h"
#include "app/recordings/note_popup.h"
#include "app/recordings/thumbnailer.h"
#include "app/recordings/timeline_widget.h"
#include "app/recordings/transport_bar.h"
#include "app/widgets/theme.h"
#include "app/widgets/time_text.h"
#include "core/recordings/library.h"
#include "core/review/camera_lane.h"
#include "core/review/time_ticks.h"
#include "core/review/zone_time.h"

#include <QCollator>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QResizeEvent>
#include <QShowEvent>
#include <QSplitter>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace vedette::app {

using review::CameraLane;
using review::SpanKind;

namespace {

constexpr std::chrono::seconds kNotice{6};
constexpr int kProtectDays[] = {0, 30, 90, 365};

} // namespace

RecordingsPage::RecordingsPage(recordings::Library &library, recordings::Player &player, review::ReviewModel &model, QWidget *pictures, QWidget *parent)
    : QWidget(parent), m_library(library), m_model(model), m_transport(model, library, player),
      m_splitter(new QSplitter(Qt::Vertical, this)), m_pictures(pictures), m_empty(new QWidget), m_emptyText(new QLabel),
      m_emptyAction(new QPushButton), m_emptyOther(new QPushButton), m_bar(new TransportBar), m_timeline(new TimelineWidget(model, TimelineForm::Full)),
      m_goTo(new GoToPopup(this)), m_note(new NotePopup(this)), m_thumbnails(new Thumbnailer(library, this))
{
    auto *whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(m_splitter);

    auto *upper = new QWidget;
    auto *stack = new QStackedLayout(upper);
    m_empty->setObjectName(QStringLiteral("emptyState"));
    m_empty->setAttribute(Qt::WA_StyledBackground);
    auto *column = new QVBoxLayout(m_empty);
    column->addStretch(1);
    m_emptyText->setAlignment(Qt::AlignCenter);
    m_emptyText->setWordWrap(true);
    m_emptyText->setContentsMargins(24, 0, 24, 0);
    column->addWidget(m_emptyText);
    auto *buttons = new QHBoxLayout;
    buttons->addStretch(1);
    m_emptyAction->setProperty("primary", true);
    buttons->addWidget(m_emptyAction);
    buttons->addWidget(m_emptyOther);
    buttons->addStretch(1);
    column->addSpacing(12);
    column->addLayout(buttons);
    column->addStretch(1);
    stack->addWidget(m_pictures);
    stack->addWidget(m_empty);

    auto *lower = new QWidget;
    auto *rows = new QVBoxLayout(lower);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_bar);
    rows->addWidget(m_timeline, 1);
    m_splitter->addWidget(upper);
    m_splitter->addWidget(lower);
    m_splitter->setHandleWidth(1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 0);

    m_due.setSingleShot(true);
    m_due.setInterval(std::chrono::milliseconds{30});
    m_noticeEnds.setSingleShot(true);
    m_noticeEnds.setInterval(kNotice);
    connectParts();
    addKeys();
    updateLanes();
    updateTransport();
}

RecordingsPage::~RecordingsPage() = default;

void RecordingsPage::connectParts()
{
    connect(&m_due, &QTimer::timeout, this, [this] {
        updateTransport();
        updateEmpty();
    });
    const auto later = [this] {
        if (!m_due.isActive())
            m_due.start();
    };
    connect(&m_noticeEnds, &QTimer::timeout, this, [this] {
        m_notice.clear();
        updateTransport();
    });
    connect(&m_library, &recordings::Library::lanesChanged, this, &RecordingsPage::updateLanes);
    connect(&m_library, &recordings::Library::problemsChanged, this, later);
    connect(&m_library, &recordings::Library::changed, this, [this] {
        if (m_goTo->isVisible())
            updateDays();
    });
    connect(&m_model, &review::ReviewModel::cursorMoved, this, later);
    connect(&m_model, &review::ReviewModel::rangeChanged, this, later);
    connect(&m_model, &review::ReviewModel::zoneChanged, this, later);
    connect(&m_model, &review::ReviewModel::laneChanged, this, later);
    connect(&m_model, &review::ReviewModel::selectionChanged, this, [this] {
        for (const PageLane &lane : m_lanes) {
            if (CameraLane::idOf(lane.lane) == m_model.selectedLane())
                Q_EMIT cameraSelected(lane.lane.camera);
        }
    });
    connect(&m_transport, &review::Transport::changed, this, later);
    connect(m_splitter, &QSplitter::splitterMoved, this, [this] { m_splitByHand = true; });

    connect(m_bar, &TransportBar::slowerWanted, this, [this] { m_transport.shuttle(-1); });
    connect(m_bar, &TransportBar::fasterWanted, this, [this] { m_transport.shuttle(1); });
    connect(m_bar, &TransportBar::stepWanted, &m_transport, &review::Transport::stepPictures);
    connect(m_bar, &TransportBar::playToggled, &m_transport, &review::Transport::toggle);
    connect(m_bar, &TransportBar::rateChosen, &m_transport, &review::Transport::setRate);
    connect(m_bar, &TransportBar::liveWanted, &m_model, &review::ReviewModel::goLive);
    connect(m_bar, &TransportBar::goToWanted, this, &RecordingsPage::openGoTo);
    connect(m_bar, &TransportBar::zoneMenuWanted, this, &RecordingsPage::openGoTo);
    connect(m_bar, &TransportBar::bookmarkWanted, this, [this] { openBookmark(m_model.cursor(), m_model.selectedLane()); });
    connect(m_bar, &TransportBar::protectWanted, this, &RecordingsPage::openProtect);

    connect(m_timeline, &TimelineWidget::playWanted, this, [this] { m_transport.play(); });
    connect(m_timeline, &TimelineWidget::bookmarkWanted, this, &RecordingsPage::openBookmark);
    connect(m_timeline, &TimelineWidget::protectWanted, this, &RecordingsPage::openProtect);
    connect(m_timeline, &TimelineWidget::unprotectWanted, this, [this](const QString &lane, const QString &id) {
        Q_EMIT unprotectWanted(camerasFor(0, lane).value(0), id);
    });
    m_thumbnails->serve(*m_timeline);
    connect(m_goTo, &GoToPopup::chosen, this, [this](UtcTime at) {
        m_model.seek(at);
        m_model.show(m_timeline->axis().centredOn(at));
        if (!anyPlayable(at))
            m_transport.pause(); // who asked for that moment is told, not taken elsewhere
    });
    connect(m_goTo, &GoToPopup::zoneChosen, &m_model, &review::ReviewModel::setZone);
    connect(m_goTo, &GoToPopup::monthShown, this, &RecordingsPage::updateDays);
    connect(m_note, &NotePopup::answered, this, [this](const QString &text, int whose, int howLong) {
        if (m_answer)
            m_answer(text, whose, howLong);
    });
    connect(m_emptyAction, &QPushButton::clicked, this, [this] {
        if (m_nearest)
            m_model.seek(*m_nearest);
        else
            Q_EMIT openFolderWanted();
        if (m_nearest)
            m_model.show(m_timeline->axis().centredOn(*m_nearest));
    });
    connect(m_emptyOther, &QPushButton::clicked, this, &RecordingsPage::addAgentWanted);
}

// Lanes -----------------------------------------------------------------------------------------------------------------

void RecordingsPage::updateLanes()
{
    // One lane a camera: its main stream where there is one.
    std::map<QString, PageLane> byCamera;
    for (const recordings::LaneExtent &extent : m_library.lanes()) {
        const bool main = extent.lane.stream == QLatin1String("main");
        const auto found = byCamera.find(extent.lane.camera);
        if (found == byCamera.end() || main)
            byCamera[extent.lane.camera] = {extent.lane, extent.name.isEmpty() ? extent.lane.camera : extent.name};
    }
    QList<PageLane> lanes;
    for (const auto &[camera, lane] : byCamera)
        lanes << lane;
    QCollator collator; // "Camera 2" before "Camera 10"
    collator.setNumericMode(true);
    std::sort(lanes.begin(), lanes.end(), [&collator](const PageLane &a, const PageLane &b) {
        const int order = collator.compare(a.name, b.name);
        return order != 0 ? order < 0 : a.lane < b.lane;
    });
    if (lanes != m_lanes) {
        m_lanes = lanes;
        std::vector<std::unique_ptr<review::LaneSource>> sources;
        bool selected = false;
        for (const PageLane &lane : m_lanes) {
            auto source = std::make_unique<CameraLane>(m_library, lane.lane, lane.name);
            if (const auto marks = m_marks.find(lane.lane.camera); marks != m_marks.end())
                source->setMarks(marks->second);
            selected |= source->id() == m_model.selectedLane();
            sources.push_back(std::move(source));
        }
        m_model.setLanes(std::move(sources));
        placeSplit();
        if (!selected)
            m_model.selectLane(m_lanes.isEmpty() ? QString() : CameraLane::idOf(m_lanes.front().lane));
        Q_EMIT lanesChanged();
        if (isVisible())
            m_transport.wake(); // what there is to play may be new
    }
    m_due.start();
}

void RecordingsPage::setMarks(const QString &camera, const std::vector<review::LaneMark> &marks)
{
    m_marks[camera] = marks;
    for (int i = 0; i < m_model.laneCount(); ++i) {
        auto *lane = qobject_cast<CameraLane *>(&m_model.lane(i));
        if (lane && lane->lane().camera == camera)
            lane->setMarks(marks);
    }
}

// What is shown ---------------------------------------------------------------------------------------------------------

void RecordingsPage::showNotice(const QString &sentence, bool wrong)
{
    m_notice = sentence;
    m_noticeWrong = wrong;
    m_noticeEnds.start();
    updateTransport();
}

QString RecordingsPage::noteText() const
{
    const review::PlaySummary summary = m_transport.summary();
    if (summary.failed > 0)
        return summary.failed == 1 ? summary.problem : tr("%1 of %2 cannot be read: %3").arg(summary.failed).arg(summary.lanes).arg(summary.problem);
    if (m_model.atLiveEdge())
        return summary.behind ? tr("live edge, %1 behind").arg(latencyText(double(summary.behind->count()) / 1000)) : tr("live edge");
    QStringList parts;
    if (summary.seeking > 0)
        parts << tr("seeking");
    if (summary.inStep > 1)
        parts << tr("%1 in step, skew %2 ms").arg(summary.inStep).arg(qRound(double(summary.skew.count()) / 1000));
    if (summary.keyFramesOnly)
        parts << tr("key frames only");
    if (summary.late > 0)
        parts << tr("%1 late: pictures are left out").arg(summary.late);
    if (summary.gaps > 0 && summary.lanes > 1)
        parts << tr("%1 without recording").arg(summary.gaps);
    if (!summary.problem.isEmpty())
        parts << summary.problem;
    return parts.join(QStringLiteral(" · "));
}

void RecordingsPage::updateTransport()
{
    TransportState state;
    state.any = !m_lanes.isEmpty();
    state.playing = m_transport.playing();
    state.live = m_model.atLiveEdge();
    state.rate = m_transport.rate();
    state.at = m_model.cursor();
    state.now = m_model.now();
    state.zone = m_model.zone();
    state.range = m_model.range().has_value();
    state.loop = m_transport.looping();
    state.note = m_notice.isEmpty() ? noteText() : m_notice;
    state.warns = m_notice.isEmpty() ? m_transport.summary().failed > 0 : m_noticeWrong;
    m_bar->show(state);
}

std::optional<UtcTime> RecordingsPage::nearestRecorded(UtcTime at) const
{
    std::optional<UtcTime> nearest;
    const auto offer = [&](UtcTime moment) {
        if (!nearest || abs(moment - at) < abs(*nearest - at))
            nearest = moment;
    };
    const auto extents = m_library.lanes();
    for (int i = 0; i < m_model.laneCount(); ++i) {
        auto *lane = qobject_cast<CameraLane *>(&m_model.lane(i));
        if (!lane)
            continue;
        const auto extent = std::find_if(extents.begin(), extents.end(), [&](const recordings::LaneExtent &e) { return e.lane == lane->lane(); });
        if (extent == extents.end() || extent->first == extent->last)
            continue;
        // The last picture of a file is before its end.
        constexpr std::chrono::seconds kBefore{1};
        if (at < extent->first) {
            offer(extent->first);
        } else if (at >= extent->last) {
            offer(extent->last - kBefore);
        } else if (const auto detail = lane->detail(at); detail && !review::playable(detail->kind)) {
            if (detail->to < extent->last)
                offer(detail->to);
            if (detail->from > extent->first)
                offer(detail->from - kBefore);
        }
    }
    return nearest;
}

bool RecordingsPage::anyPlayable(UtcTime at) const
{
    for (int i = 0; i < m_model.laneCount(); ++i) {
        const auto *lane = qobject_cast<const CameraLane *>(&m_model.lane(i));
        if (lane && review::playable(lane->kindAt(at)))
            return true;
    }
    return false;
}

QString RecordingsPage::emptySentence() const
{
    return m_empty->isVisibleTo(this) ? m_emptyText->text() : QString();
}

void RecordingsPage::updateEmpty()
{
    QString sentence, action, other;
    m_nearest.reset();
    if (m_lanes.isEmpty()) {
        QStringList problems;
        for (const QString &source : m_library.sources()) {
            if (const QString problem = m_library.problemOf(source); !problem.isEmpty())
                problems << problem;
        }
        if (!problems.isEmpty())
            sentence = problems.mid(0, 3).join(QLatin1Char('\n'));
        else if (m_library.sources().isEmpty())
            sentence = tr("There is no source of recordings yet.");
        else
            sentence = tr("Nothing has been recorded by %1.").arg(m_library.sources().mid(0, 3).join(QStringLiteral(", ")));
        action = tr("Open a folder…");
        other = tr("Add an agent");
    } else if (!m_model.atLiveEdge()) {
        const UtcTime at = m_model.cursor();
        bool none = true;
        for (int i = 0; i < m_model.laneCount() && none; ++i) {
            const auto *lane = qobject_cast<const CameraLane *>(&m_model.lane(i));
            if (!lane)
                continue;
            const SpanKind kind = lane->kindAt(at);
            none = !review::playable(kind) && kind != SpanKind::Asking && kind != SpanKind::Silent;
        }
        // A gap that is played over is said on the tiles; here only where one stands.
        if (none && !m_transport.playing()) {
            m_nearest = nearestRecorded(at);
            const QTimeZone zone = m_model.zone();
            const QDate day = review::wallTime(at, zone).date;
            const QString date = QLocale().toString(day, QStringLiteral("d MMMM"));
            const bool sameDay = m_nearest && review::wallTime(*m_nearest, zone).date == day;
            const QString when = sameDay ? tr("at %1").arg(review::clockText(at, zone, false)) : tr("on %1").arg(date);
            sentence = tr("No recording %1.").arg(when);
            if (m_nearest) {
                const review::WallTime wall = review::wallTime(*m_nearest, zone);
                const QString clock = sameDay ? review::clockText(*m_nearest, zone, false)
                                              : QLocale().toString(wall.date, QStringLiteral("d MMMM")) + QLatin1Char(' ') + wall.time.toString(QStringLiteral("HH:mm"));
                sentence += QLatin1Char(' ') + tr("Nearest: %1.").arg(clock);
                action = tr("Go to %1").arg(clock);
            }
        }
    }
    m_emptyText->setText(sentence);
    m_emptyAction->setText(action);
    m_emptyAction->setVisible(!action.isEmpty());
    m_emptyOther->setText(other);
    m_emptyOther->setVisible(!other.isEmpty());
    QWidget *shown = sentence.isEmpty() ? m_pictures : m_empty;
    auto *stack = static_cast<QStackedLayout *>(m_pictures->parentWidget()->layout());
    if (stack->currentWidget() != shown)
        stack->setCurrentWidget(shown);
}

// Popups ----------------------------------------------------------------------------------------------------------------

void RecordingsPage::openGoTo()
{
    m_goTo->openUnder(m_bar->goToButton(), m_model.cursor(), m_model.now(), m_model.zone());
}

void RecordingsPage::updateDays()
{
    QList<protocol::RecordingLane> lanes;
    for (const PageLane &lane : m_lanes)
        lanes << lane.lane;
    m_goTo->setDays(m_library.daysWith(lanes, m_goTo->firstShown(), m_goTo->lastShown(), m_model.zone()));
}

QStringList RecordingsPage::whose(const QString &lane) const
{
    QStringList whose;
    for (const PageLane &each : m_lanes) {
        if (CameraLane::idOf(each.lane) == lane)
            whose << each.name;
    }
    if (m_lanes.size() > 1 || whose.isEmpty())
        whose << tr("All %n cameras", nullptr, int(m_lanes.size()));
    return whose;
}

QStringList RecordingsPage::camerasFor(int choice, const QString &lane) const
{
    QStringList all, one;
    for (const PageLane &each : m_lanes) {
        all << each.lane.camera;
        if (CameraLane::idOf(each.lane) == lane)
            one << each.lane.camera;
    }
    return choice == 0 && !one.isEmpty() ? one : all;
}

void RecordingsPage::openBookmark(UtcTime at, const QString &lane)
{
    if (m_lanes.isEmpty())
        return;
    m_answer = [this, at, lane](const QString &text, int choice, int) { Q_EMIT bookmarkWanted(camerasFor(choice, lane), at, text); };
    m_note->openUnder(m_bar->bookmarkButton(), {tr("Bookmark at %1").arg(review::clockText(at, m_model.zone())), tr("What is to be seen"), tr("Bookmark"), false, whose(lane), {}});
}

void RecordingsPage::openProtect()
{
    if (!m_model.range() || m_lanes.isEmpty())
        return;
    const auto [from, to] = *m_model.range();
    const QString lane = m_model.selectedLane();
    m_answer = [this, first = from, last = to, lane](const QString &reason, int choice, int howLong) {
        Q_EMIT protectWanted(camerasFor(choice, lane), first, last, reason, kProtectDays[std::clamp<std::size_t>(std::size_t(howLong), 0, std::size(kProtectDays) - 1)]);
    };
    m_note->openUnder(m_bar->protectButton(),
                      {tr("Protect %1 from deletion").arg(lengthText(to - from)), tr("Why"), tr("Protect"), true, whose(lane),
                       {tr("until lifted"), tr("30 days"), tr("90 days"), tr("1 year")}});
}

// Size ------------------------------------------------------------------------------------------------------------------

void RecordingsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_timeline->setFocus(Qt::OtherFocusReason);
    if (!event->spontaneous())
        m_transport.wake();
}

void RecordingsPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    if (!event->spontaneous()) // another place, not the desktop's doing
        m_transport.rest();
}

void RecordingsPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_transport.setWidth(m_timeline->axis().width());
    if (event->oldSize().height() != height())
        placeSplit();
}

void RecordingsPage::placeSplit()
{
    if (m_splitByHand)
        return;
    // Pictures keep more than half.
    const int wanted = m_bar->height() + m_timeline->sizeHint().height();
    const int lower = std::min(wanted, height() * 45 / 100);
    m_splitter->setSizes({height() - lower, lower});
}

} // namespace vedette::app
