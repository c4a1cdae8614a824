// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QButtonGroup;

namespace vedette::app {

/// A row of choices of which exactly one is on: layouts, ranges. Arrow keys move inside it.
class Segmented final : public QFrame {
    Q_OBJECT
public:
    explicit Segmented(QWidget *parent = nullptr);

    /// Appends a choice; toolTip also becomes its accessible description.
    void add(int id, const QString &text, const QString &toolTip = {});
    void setCurrent(int id);
    /// Another text for a choice, or none of it.
    void setChoice(int id, const QString &text, bool shown);
    int current() const;

Q_SIGNALS:
    /// By a person, not by setCurrent().
    void chosen(int id);

private:
    QButtonGroup *m_group;
};

} // namespace vedette::app
