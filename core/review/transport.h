// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/recordings/copy.h"
#include "core/recordings/player.h"
#include "core/review/review_model.h"

namespace vedette::recordings {
class Library;
}

namespace vedette::review {

/// How the lanes that play stand together. Value type.
struct PlaySummary {
    int lanes = 0;
    int inStep = 0;       ///< show a picture of the position
    int seeking = 0;
    int gaps = 0;         ///< nothing is recorded there
    int late = 0;         ///< decoding does not keep up
    int failed = 0;
    bool keyFramesOnly = false;
    microseconds skew{0}; ///< between the earliest and the latest picture of those in step
    std::optional<microseconds> behind; ///< at the live edge: now less the oldest picture that is shown
    QString problem;      ///< of the first that has failed, or a remark
};

/// What the hands do to the play head becomes play, and where the player has come becomes the play head. Seeking goes on
/// playing if it played, and begins to where one was live; playing up to the live edge becomes live by itself. Main thread.
class Transport final : public QObject {
    Q_OBJECT
public:
    /// The picture at the live edge is this old at first: a fragment of half a second, and a second to hear of it.
    static constexpr milliseconds kBehindLive{1500};

    /// All outlive it.
    Transport(ReviewModel &model, recordings::Library &library, recordings::Player &player, QObject *parent = nullptr);

    bool playing() const { return m_player.playing(); }
    double rate() const { return m_player.rate(); }
    bool looping() const { return m_player.loop().has_value(); }
    PlaySummary summary() const;
    /// Of the time line, so that the view can follow what plays.
    void setWidth(int pixels) { m_width = pixels; }

    /// Nobody looks: what plays rests until wake(), which goes on, at the live edge with what is new.
    void rest();
    void wake();

    void toggle();
    void play();
    void pause();
    /// Shuttle: one step of −16 … −1, 1 … 32 down or up; from rest to ∓ 1.
    void shuttle(int steps);
    void setRate(double rate);
    void stepPictures(int pictures);
    void jump(microseconds by);
    /// The last seconds once more.
    void replay(microseconds back);
    /// False: there is none, as far as it is known.
    bool toGap(recordings::Direction direction);
    bool toMark(recordings::Direction direction);
    /// Begins or ends to loop the chosen range.
    bool toggleLoop();

Q_SIGNALS:
    void changed();

private:
    void seek(UtcTime at);
    void goLive();
    void leaveLive();
    void positionChanged();
    void stateChanged();

    ReviewModel &m_model;
    recordings::Library &m_library;
    recordings::Player &m_player;
    bool m_live = true;      ///< as the model was before the last change
    bool m_rests = false;    ///< played when rest() came
    bool m_arrived = false;  ///< at the live edge by playing: nothing is to be sought
    int m_width = 1000;
};

} // namespace vedette::review
