// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/console.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace vedette::app {

class ElidedLabel;

/// What is shown instead of an empty wall: the first step, a field that connects at once, and how each address stands.
/// The same page is "Add by address" later.
class FirstStepPage final : public QWidget {
    Q_OBJECT
public:
    explicit FirstStepPage(QWidget *parent = nullptr);

    void setLinks(const QList<LinkState> &links, MonoTime now, bool anyCamera);
    void focusField();

Q_SIGNALS:
    void addressEntered(const vedette::app::Address &address);
    /// Back to the wall.
    void closed();

private:
    struct Row {
        QString address;
        QWidget *box;
        ElidedLabel *name;
        ElidedLabel *state;
    };
    QWidget *makeAddCard();
    QWidget *makeHintCard();
    void connectNow();
    Row makeRow(const QString &address);

    QLabel *m_title;
    QLabel *m_lead;
    QLineEdit *m_field;
    QLabel *m_error;
    QPushButton *m_back;
    QWidget *m_linksCard;
    QVBoxLayout *m_linksColumn;
    QList<Row> m_rows;
};

} // namespace vedette::app
