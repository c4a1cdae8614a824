// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/note_popup.h"

#include "app/widgets/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace vedette::app {

NotePopup::NotePopup(QWidget *parent)
    : Popup(parent), m_title(new QLabel(this)), m_field(new QLineEdit(this)), m_error(new QLabel(this)),
      m_whose(new QComboBox(this)), m_howLong(new QComboBox(this)), m_verb(new QPushButton(this))
{
    m_title->setFont(roleFont(font(), TextRole::Name));
    column().addWidget(m_title);
    m_field->setMinimumWidth(scaled(font(), 320));
    m_field->setMaxLength(500);
    column().addWidget(m_field);
    m_error->setProperty("error", true);
    column().addWidget(m_error);
    auto *row = new QHBoxLayout;
    m_whose->setAccessibleName(tr("Cameras"));
    m_howLong->setAccessibleName(tr("How long"));
    row->addWidget(m_whose);
    row->addWidget(m_howLong);
    row->addStretch(1);
    m_verb->setProperty("primary", true);
    row->addWidget(m_verb);
    column().addLayout(row);
    connect(m_field, &QLineEdit::returnPressed, this, &NotePopup::answer);
    connect(m_field, &QLineEdit::textEdited, m_error, &QLabel::hide);
    connect(m_verb, &QPushButton::clicked, this, &NotePopup::answer);
}

void NotePopup::openUnder(QWidget *button, const Question &question)
{
    setAccessibleName(question.title);
    m_title->setText(question.title);
    m_field->clear();
    m_field->setPlaceholderText(question.field);
    m_field->setAccessibleName(question.field);
    m_verb->setText(question.verb);
    m_error->hide();
    m_needed = question.needed;
    const auto fill = [](QComboBox *box, const QStringList &items) {
        box->clear();
        box->addItems(items);
        box->setVisible(items.size() > 1);
    };
    fill(m_whose, question.whose);
    fill(m_howLong, question.howLong);
    openOver(*button);
    m_field->setFocus();
}

void NotePopup::answer()
{
    const QString text = m_field->text().trimmed();
    if (m_needed && text.isEmpty()) {
        m_error->setText(tr("Say why, in a few words."));
        m_error->show();
        adjustSize();
        return;
    }
    close();
    Q_EMIT answered(text, std::max(0, m_whose->currentIndex()), std::max(0, m_howLong->currentIndex()));
}

} // namespace vedette::app
