// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include <functional>

class QDockWidget;
class QHBoxLayout;

namespace vedette::app {

class ElidedLabel;

/// Title of a dock: name, what it shows now, tools, close. Dragging it moves the dock.
class DockTitle final : public QFrame {
    Q_OBJECT
public:
    DockTitle(const QString &name, QDockWidget *dock);
    void setSubject(const QString &subject);
    void addTool(const QString &iconName, const QString &toolTip, const std::function<void()> &run);

Q_SIGNALS:
    void closeWanted();

private:
    QHBoxLayout *m_row;
    ElidedLabel *m_subject;
};

} // namespace vedette::app
