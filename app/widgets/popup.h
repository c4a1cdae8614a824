// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QVBoxLayout;

namespace vedette::app {

/// A panel that belongs to a button and closes by Escape or a click elsewhere. The keys of the page under it rest while it
/// is open. Main thread.
class Popup : public QFrame {
    Q_OBJECT
public:
    explicit Popup(QWidget *parent);

    /// Right edges together, over the button, under it where there is no room above; always on the button's screen.
    void openOver(const QWidget &button);

protected:
    bool event(QEvent *event) override;
    QVBoxLayout &column() const { return *m_column; }

private:
    QVBoxLayout *m_column;
};

} // namespace vedette::app
