// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/recording_lane.h"
#include "core/review/lane.h"
#include "core/review/transport.h"

#include <QTimer>
#include <QWidget>

#include <functional>
#include <map>

class QLabel;
class QPushButton;
class QSplitter;

namespace vedette::app {

class GoToPopup;
class NotePopup;
class Thumbnailer;
class TimelineWidget;
class TransportBar;

/// The place Recordings: pictures, the bar that plays them, the time line. It makes the lanes of the model from the
/// library; who shows the pictures and keeps bookmarks is told by signals. Main thread.
class RecordingsPage final : public QWidget {
    Q_OBJECT
public:
    /// library, player and model: borrowed. pictures: becomes a child; what shows the pictures of lanes().
    RecordingsPage(recordings::Library &library, recordings::Player &player, review::ReviewModel &model, QWidget *pictures, QWidget *parent = nullptr);
    ~RecordingsPage() override;

    /// Of the time line, by name: what is to be played, too.
    struct PageLane {
        protocol::RecordingLane lane;
        QString name;
        bool operator==(const PageLane &) const = default;
    };
    const QList<PageLane> &lanes() const { return m_lanes; }
    review::Transport &transport() { return m_transport; }
    TimelineWidget &timeline() { return *m_timeline; }
    /// Bookmarks and protections of a camera; the lanes of its streams show them.
    void setMarks(const QString &camera, const std::vector<review::LaneMark> &marks);
    /// The outcome of what was done here, for some seconds beside the buttons.
    void showNotice(const QString &sentence, bool wrong = false);
    /// What stands in place of the pictures; empty: they are shown.
    QString emptySentence() const;
    /// What the keys of this page do, for the list of keys.
    QList<QAction *> keyActions() const { return actions(); }

Q_SIGNALS:
    void lanesChanged();
    /// A lane was chosen on the time line.
    void cameraSelected(const QString &camera);
    void bookmarkWanted(const QStringList &cameras, vedette::UtcTime at, const QString &text);
    /// days: how long the protection holds; 0: until it is lifted.
    void protectWanted(const QStringList &cameras, vedette::UtcTime from, vedette::UtcTime to, const QString &reason, int days);
    void removeBookmarkWanted(const QString &camera, const QString &id);
    void unprotectWanted(const QString &camera, const QString &id);
    void openFolderWanted();
    void addAgentWanted();

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void connectParts();
    void addKeys();
    void addKey(const QString &text, const QList<QKeySequence> &keys, const std::function<void()> &run);
    void updateLanes();
    void updateTransport();
    void updateEmpty();
    void placeSplit();
    QString noteText() const;
    void openGoTo();
    void openBookmark(UtcTime at, const QString &lane);
    void openProtect();
    void updateDays();
    QStringList camerasFor(int choice, const QString &lane) const;
    QStringList whose(const QString &lane) const;
    bool anyPlayable(UtcTime at) const;
    std::optional<UtcTime> nearestRecorded(UtcTime at) const;

    recordings::Library &m_library;
    review::ReviewModel &m_model;
    review::Transport m_transport;
    QList<PageLane> m_lanes;
    QSplitter *m_splitter;
    QWidget *m_pictures;
    QWidget *m_empty;
    QLabel *m_emptyText;
    QPushButton *m_emptyAction, *m_emptyOther;
    std::optional<UtcTime> m_nearest;
    TransportBar *m_bar;
    TimelineWidget *m_timeline;
    GoToPopup *m_goTo;
    NotePopup *m_note;
    Thumbnailer *m_thumbnails;
    std::function<void(const QString &, int, int)> m_answer; // of the open popup
    std::map<QString, std::vector<review::LaneMark>> m_marks;
    QString m_notice;
    bool m_noticeWrong = false;
    bool m_splitByHand = false;
    QTimer m_noticeEnds;
    QTimer m_due; // changes come in heaps
};

} // namespace vedette::app
