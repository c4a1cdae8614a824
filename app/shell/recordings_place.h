// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/recordings/recorded_cameras.h"
#include "app/recordings/recordings_page.h"
#include "app/recordings/sound_output.h"
#include "app/shell/console.h"
#include "app/wall/wall_widget.h"
#include "core/review/mark_fetcher.h"
#include "core/review/review_model.h"

#include <QWidget>

namespace vedette::app {

/// The place Recordings put together: the page, the wall above its time line, the player between them, and the commands
/// that what is done there becomes. Main thread.
class RecordingsPlace final : public QWidget {
    Q_OBJECT

public:
    RecordingsPlace(Console &console, const RendererChoice &renderer);
    ~RecordingsPlace() override;

    WallWidget &wall() { return *m_wall; }
    RecordingsPage &page() { return *m_page; }
    review::ReviewModel &review() { return m_review; }
    recordings::Player &player() { return m_player; }
    /// Takes camera, moment, scale and whether it plays from another view of time.
    void comeFrom(const review::ReviewModel &other, bool playing);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void updateCameras();
    void bookmark(const QStringList &cameras, UtcTime at, const QString &text);
    /// name: of the command that takes back what the mark stands for.
    void takeBack(const QString &camera, const QString &mark, const QString &name, const QString &done);
    void hear(const QString &camera);
    void protect(const QStringList &cameras, UtcTime from, UtcTime to, const QString &reason, int days);
    /// Each camera's agent; the outcome is told on the page.
    void command(const QStringList &cameras, const QString &name, const QJsonObject &arguments, const QString &done);

    Console &m_console;
    SoundOutput m_sound; ///< before the player: its Workers put into it
    recordings::Player m_player;
    review::ReviewModel m_review;
    RecordedCameras m_cameras;
    review::MarkFetcher m_marks;
    WallWidget *m_wall;
    RecordingsPage *m_page;
};

} // namespace vedette::app
