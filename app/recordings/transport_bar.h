// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <QFrame>
#include <QTimeZone>

#include <functional>

class QPushButton;
class QToolButton;

namespace vedette::app {

class DigitLabel;
class ElidedLabel;
class Segmented;

/// What the bar under the pictures shows. Value type.
struct TransportState {
    bool any = true;         ///< there is something to play
    bool playing = false;
    bool live = false;       ///< at the live edge
    double rate = 1;
    UtcTime at{};
    UtcTime now{};
    QTimeZone zone;
    bool range = false;      ///< one is chosen: it can be protected
    bool loop = false;
    QString note;            ///< "4 in step, skew 20 ms"
    bool warns = false;      ///< the note is of something that is wrong
};

/// Buttons for playing, the clock of the player, and what one does at a moment. Only shows and asks: the page acts. Main thread.
class TransportBar final : public QFrame {
    Q_OBJECT
public:
    explicit TransportBar(QWidget *parent = nullptr);
    void show(const TransportState &state);
    /// Under which popups open.
    QWidget *goToButton() const;
    QWidget *bookmarkButton() const;
    QWidget *protectButton() const;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void slowerWanted();
    void fasterWanted();
    void stepWanted(int pictures);
    void playToggled();
    void rateChosen(double rate);
    void goToWanted();
    void bookmarkWanted();
    void protectWanted();
    void liveWanted();
    void zoneMenuWanted();

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    QToolButton *addButton(const QString &icon, const QString &text, const QString &key, const std::function<void()> &run);
    QPushButton *addAction(const QString &icon, const QString &text, const QString &key, const std::function<void()> &run);
    void applyWidth();

    QToolButton *m_play;
    Segmented *m_rates;
    DigitLabel *m_clock;
    QToolButton *m_date;
    ElidedLabel *m_note;
    QPushButton *m_goTo, *m_bookmark, *m_protect, *m_live;
    QStringList m_words;     ///< of the last four
    bool m_shownPlaying = true;
};

/// "8 ×", "¼ ×", "−2 ×".
QString rateText(double rate);

} // namespace vedette::app
