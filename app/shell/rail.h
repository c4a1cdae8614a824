// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QButtonGroup;
class QMenu;
class QToolButton;
class QVBoxLayout;

namespace vedette::app {

/// The strip at the left: menu and the places, icon with word. A place appears here when it exists.
class Rail final : public QFrame {
    Q_OBJECT
public:
    explicit Rail(QWidget *parent = nullptr);

    void setMenu(QMenu *menu);
    void openMenu();
    void addPlace(int id, const QString &iconName, const QString &word, const QString &shortcut);
    void setCurrent(int id);
    /// Small windows: icons alone, words in the tooltips.
    void setWords(bool words);

Q_SIGNALS:
    void placeChosen(int id);

protected:
    void changeEvent(QEvent *event) override;

private:
    void applySizes();

    QVBoxLayout *m_column;
    QToolButton *m_menu;
    QButtonGroup *m_places;
    bool m_words = true;
};

} // namespace vedette::app
