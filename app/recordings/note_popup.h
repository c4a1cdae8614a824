// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/popup.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace vedette::app {

/// Asks for one line of text and, if there are any, one of several choices twice: for a bookmark or a protection. Opens
/// under a button, nothing waits for it. Main thread.
class NotePopup final : public Popup {
    Q_OBJECT
public:
    struct Question {
        QString title;          ///< "Bookmark at 13:58:12"
        QString field;          ///< what to write, as a hint
        QString verb;           ///< of the button
        bool needed = false;    ///< the text must not be empty
        QStringList whose;      ///< "Corridor east", "All 4 cameras"
        QStringList howLong;    ///< "30 days" …
    };
    explicit NotePopup(QWidget *parent);
    void openUnder(QWidget *button, const Question &question);

Q_SIGNALS:
    /// whose and howLong: indices, 0 where nothing was to be chosen.
    void answered(const QString &text, int whose, int howLong);

private:
    void answer();

    QLabel *m_title;
    QLineEdit *m_field;
    QLabel *m_error;
    QComboBox *m_whose;
    QComboBox *m_howLong;
    QPushButton *m_verb;
    bool m_needed = false;
};

} // namespace vedette::app
