// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of the place Recordings.
#include "app/recordings/recordings_page.h"

#include "app/recordings/timeline_widget.h"
#include "core/review/camera_lane.h"

#include <QAction>

namespace vedette::app {

using recordings::Direction;
using namespace std::chrono;

void RecordingsPage::addKey(const QString &text, const QList<QKeySequence> &keys, const std::function<void()> &run)
{
    auto *action = new QAction(text, this);
    action->setShortcuts(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, run);
    addAction(action);
}

void RecordingsPage::addKeys()
{
    addKey(tr("Play, pause"), {Qt::Key_Space}, [this] { m_transport.toggle(); });
    addKey(tr("Slower, then backward"), {Qt::Key_J}, [this] { m_transport.shuttle(-1); });
    addKey(tr("Pause"), {Qt::Key_K}, [this] { m_transport.pause(); });
    addKey(tr("Faster"), {Qt::Key_L}, [this] { m_transport.shuttle(1); });
    addKey(tr("Back one picture"), {Qt::Key_Comma}, [this] { m_transport.stepPictures(-1); });
    addKey(tr("Forward one picture"), {Qt::Key_Period}, [this] { m_transport.stepPictures(1); });
    addKey(tr("Back 5 s"), {Qt::Key_Left}, [this] { m_transport.jump(-seconds{5}); });
    addKey(tr("Forward 5 s"), {Qt::Key_Right}, [this] { m_transport.jump(seconds{5}); });
    addKey(tr("Back 1 min"), {Qt::Key_Up}, [this] { m_transport.jump(-minutes{1}); });
    addKey(tr("Forward 1 min"), {Qt::Key_Down}, [this] { m_transport.jump(minutes{1}); });
    addKey(tr("Back 1 s"), {QKeySequence(Qt::SHIFT | Qt::Key_Left)}, [this] { m_transport.jump(-seconds{1}); });
    addKey(tr("Forward 1 s"), {QKeySequence(Qt::SHIFT | Qt::Key_Right)}, [this] { m_transport.jump(seconds{1}); });
    addKey(tr("The last 30 s once more"), {Qt::Key_R}, [this] { m_transport.replay(seconds{30}); });
    addKey(tr("Live edge"), {Qt::Key_End}, [this] { m_model.goLive(); });
    addKey(tr("Range starts here"), {Qt::Key_BracketLeft}, [this] { m_model.setRangeStart(m_model.cursor()); });
    addKey(tr("Range ends here"), {Qt::Key_BracketRight}, [this] { m_model.setRangeEnd(m_model.cursor()); });
    addKey(tr("No range"), {Qt::Key_Backslash}, [this] { m_model.setRange({}); });
    addKey(tr("Loop the range"), {Qt::Key_O}, [this] {
        if (!m_transport.toggleLoop())
            showNotice(tr("Choose a range first: Shift and drag, or [ and ]"));
    });
    const auto moved = [this](bool there, const QString &otherwise) {
        if (there)
            m_model.show(m_timeline->axis().shows(m_model.cursor()) ? m_timeline->axis() : m_timeline->axis().centredOn(m_model.cursor()));
        else
            showNotice(otherwise);
    };
    addKey(tr("Next bookmark or event"), {Qt::Key_N}, [this, moved] { moved(m_transport.toMark(Direction::Forward), tr("No later bookmark or event")); });
    addKey(tr("Previous bookmark or event"), {Qt::Key_P}, [this, moved] { moved(m_transport.toMark(Direction::Backward), tr("No earlier bookmark or event")); });
    addKey(tr("Next gap"), {QKeySequence(Qt::SHIFT | Qt::Key_N)}, [this, moved] { moved(m_transport.toGap(Direction::Forward), tr("No later gap is known")); });
    addKey(tr("Previous gap"), {QKeySequence(Qt::SHIFT | Qt::Key_P)}, [this, moved] { moved(m_transport.toGap(Direction::Backward), tr("No earlier gap is known")); });
    addKey(tr("Bookmark"), {Qt::Key_B}, [this] { openBookmark(m_model.cursor(), m_model.selectedLane()); });
    addKey(tr("Remove the bookmark"), {Qt::Key_Delete}, [this] {
        if (const review::LaneMark *mark = m_timeline->bookmarkAtHead())
            Q_EMIT removeBookmarkWanted(camerasFor(0, m_model.selectedLane()).value(0), mark->id);
        else
            showNotice(tr("No bookmark of the selected camera is at the play head"));
    });
    addKey(tr("Go to a time"), {Qt::Key_G, QKeySequence(Qt::CTRL | Qt::Key_T)}, [this] { openGoTo(); });
    addKey(tr("Show the whole day"), {Qt::Key_Z}, [this] { m_timeline->showDay(); });
    addKey(tr("Show the range"), {QKeySequence(Qt::SHIFT | Qt::Key_Z)}, [this] { m_timeline->showRange(); });
}

} // namespace vedette::app
