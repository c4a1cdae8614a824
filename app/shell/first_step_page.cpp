// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/first_step_page.h"

#include "app/widgets/elided_label.h"
#include "app/widgets/icon.h"
#include "app/widgets/time_text.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace vedette::app {

namespace {

constexpr int kCardWidth = 660;

/// A camera on its tripod before two hills: the one line drawing of the program.
class Sentry final : public QWidget {
public:
    explicit Sentry(QWidget *parent) : QWidget(parent) { setFixedSize(scaled(font(), 226), scaled(font(), 120)); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter p(this);
        p.setRenderHint(QPainter::Antialiasing);
        p.scale(width() / 226.0, height() / 120.0);
        const Theme &theme = Theme::shown();
        const QColor quiet = theme.color(Token::Muted), strong = theme.color(Token::Text2);
        p.setPen(QPen(quiet, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        p.drawLine(QPointF(2, 117), QPointF(224, 117));
        p.drawPolyline(QPolygonF{{10, 117}, {30, 92}, {42, 105}, {64, 73}, {88, 117}});
        p.drawPolyline(QPolygonF{{152, 117}, {166, 101}, {174, 110}, {190, 88}, {212, 117}});
        p.setPen(QPen(strong, 3.2, Qt::SolidLine, Qt::FlatCap));
        p.drawLine(QPointF(113, 46), QPointF(113, 117));
        p.setPen(QPen(strong, 2, Qt::SolidLine, Qt::RoundCap));
        p.drawLine(QPointF(113, 82), QPointF(96, 117));
        p.drawLine(QPointF(113, 82), QPointF(130, 117));
        p.setBrush(theme.color(Token::Raised));
        p.drawRoundedRect(QRectF(92, 23, 42, 23), 2, 2);
        p.setPen(QPen(theme.color(Token::Accent), 2.4));
        p.setBrush(Qt::NoBrush);
        p.drawEllipse(QPointF(123, 34.5), 6.5, 6.5);
        p.setPen(QPen(theme.color(Token::Accent), 1.2, Qt::DashLine));
        p.drawLine(QPointF(136, 28), QPointF(214, 4));
        p.drawLine(QPointF(136, 42), QPointF(214, 86));
    }
};

QString command(const QString &text)
{
    return QStringLiteral("<span style=\"font-family: monospace; white-space: nowrap\">%1</span>").arg(text.toHtmlEscaped());
}

QFrame *makeCard(QWidget *parent)
{
    auto *card = new QFrame(parent);
    card->setObjectName(QStringLiteral("card"));
    card->setMaximumWidth(scaled(parent->font(), kCardWidth));
    card->setMinimumWidth(scaled(parent->font(), 360));
    card->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    return card;
}

/// An icon that follows the theme.
class Symbol final : public QWidget {
public:
    Symbol(const QString &name, QWidget *parent) : QWidget(parent), m_icon(icon(name))
    {
        setFixedSize(scaled(font(), 24), scaled(font(), 20));
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        m_icon.paint(&painter, QRect(0, 0, height(), height()));
    }

private:
    QIcon m_icon;
};

/// Icon, title over one line of prose; what stands right is added by the caller.
QHBoxLayout *textRow(QWidget *parent, const QString &iconName, const QString &title, const QString &prose)
{
    auto *row = new QHBoxLayout;
    row->setContentsMargins(16, 12, 16, 12);
    row->setSpacing(12);
    row->addWidget(new Symbol(iconName, parent));
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    auto *name = new ElidedLabel(TextRole::Name, Token::Text, parent);
    name->setText(title);
    auto *text = new QLabel(prose, parent);
    text->setProperty("secondary", true);
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    words->addWidget(name);
    words->addWidget(text);
    row->addLayout(words, 1);
    return row;
}

QFrame *line(QWidget *parent)
{
    auto *frame = new QFrame(parent);
    frame->setObjectName(QStringLiteral("hline"));
    frame->setFixedHeight(1);
    return frame;
}

} // namespace

FirstStepPage::FirstStepPage(QWidget *parent)
    : QWidget(parent), m_title(new QLabel(this)), m_lead(new QLabel(this)), m_field(new QLineEdit(this)),
      m_error(new QLabel(this)), m_back(new QPushButton(tr("Back to the wall"), this))
{
    setObjectName(QStringLiteral("page"));
    setAttribute(Qt::WA_StyledBackground);
    QFont large = roleFont(font(), TextRole::Readout);
    m_title->setFont(large);
    m_title->setStyleSheet(QStringLiteral("font-size: %1px; font-weight: 600;").arg(large.pixelSize()));
    m_lead->setProperty("secondary", true);
    m_lead->setAlignment(Qt::AlignCenter);
    m_lead->setWordWrap(true);

    m_linksCard = makeCard(this);
    m_linksColumn = new QVBoxLayout(m_linksCard);
    m_linksColumn->setContentsMargins(0, 0, 0, 0);
    m_linksColumn->setSpacing(0);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 16, 24, 16);
    column->setSpacing(0);
    column->addStretch(2);
    column->addWidget(new Sentry(this), 0, Qt::AlignHCenter);
    column->addSpacing(22);
    column->addWidget(m_title, 0, Qt::AlignHCenter);
    column->addSpacing(6);
    column->addWidget(m_lead);
    column->addSpacing(20);
    const auto addCentred = [column](QWidget *card) {
        auto *row = new QHBoxLayout;
        row->addStretch(1);
        row->addWidget(card, 20);
        row->addStretch(1);
        column->addLayout(row);
    };
    addCentred(m_linksCard);
    column->addSpacing(12);
    addCentred(makeAddCard());
    column->addSpacing(12);
    addCentred(makeHintCard());
    column->addSpacing(14);
    column->addWidget(m_back, 0, Qt::AlignHCenter);
    column->addStretch(3);
    connect(m_back, &QPushButton::clicked, this, &FirstStepPage::closed);
    setLinks({}, {}, false);
}

QWidget *FirstStepPage::makeAddCard()
{
    auto *card = makeCard(this);
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(0, 0, 0, 14);
    column->setSpacing(0);
    column->addLayout(textRow(card, QStringLiteral("arrow-right"), tr("Add by address"),
                              tr("An agent by its URL, or a server with a broker by its host name")));
    auto *entry = new QHBoxLayout;
    entry->setContentsMargins(52, 0, 16, 0);
    entry->setSpacing(8);
    m_field->setPlaceholderText(tr("http://192.168.1.41:8083 or server.example"));
    m_field->setAccessibleName(tr("Address of an agent or a server"));
    m_field->setMinimumHeight(scaled(font(), 32));
    auto *add = new QPushButton(tr("Connect"), card);
    add->setProperty("primary", true);
    add->setMinimumHeight(scaled(font(), 32));
    entry->addWidget(m_field, 1);
    entry->addWidget(add);
    column->addLayout(entry);
    m_error->setProperty("error", true);
    m_error->setWordWrap(true);
    m_error->setContentsMargins(52, 8, 16, 0);
    m_error->hide();
    column->addWidget(m_error);
    connect(m_field, &QLineEdit::returnPressed, this, &FirstStepPage::connectNow);
    connect(m_field, &QLineEdit::textEdited, m_error, &QLabel::hide);
    connect(add, &QPushButton::clicked, this, &FirstStepPage::connectNow);
    return card;
}

QWidget *FirstStepPage::makeHintCard()
{
    auto *card = makeCard(this);
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(textRow(card, QStringLiteral("terminal"), tr("No agent yet?"),
                              tr("On the computer with the camera run %1, then %2. It shows a test picture and prints its address.")
                                  .arg(command(QStringLiteral("vedette-agent example-config > agent.toml")),
                                       command(QStringLiteral("vedette-agent --config agent.toml")))));
    return card;
}

void FirstStepPage::connectNow()
{
    const auto address = parseAddress(m_field->text());
    m_error->setVisible(!address);
    if (!address) {
        m_error->setText(address.error().detail);
        return;
    }
    m_field->clear();
    Q_EMIT addressEntered(*address);
}

void FirstStepPage::focusField()
{
    m_field->setFocus(Qt::OtherFocusReason);
}

FirstStepPage::Row FirstStepPage::makeRow(const QString &address)
{
    if (!m_rows.isEmpty())
        m_linksColumn->addWidget(line(m_linksCard));
    Row row;
    row.address = address;
    row.box = new QWidget(m_linksCard);
    auto *layout = new QHBoxLayout(row.box);
    layout->setContentsMargins(16, 10, 16, 10);
    layout->setSpacing(12);
    layout->addWidget(new Symbol(QStringLiteral("fleet"), row.box));
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    row.name = new ElidedLabel(TextRole::Name, Token::Text, row.box);
    row.state = new ElidedLabel(TextRole::Secondary, Token::Text2, row.box);
    words->addWidget(row.name);
    words->addWidget(row.state);
    layout->addLayout(words, 1);
    m_linksColumn->addWidget(row.box);
    return row;
}

void FirstStepPage::setLinks(const QList<LinkState> &links, MonoTime now, bool anyCamera)
{
    m_back->setVisible(anyCamera);
    m_linksCard->setVisible(!links.isEmpty());
    if (links.isEmpty()) {
        m_title->setText(tr("Connect to the first camera"));
        m_lead->setText(tr("Enter the address of one agent. No server is needed."));
    } else if (anyCamera) {
        m_title->setText(tr("Add cameras"));
        m_lead->setText(tr("Enter the address of another agent or server."));
    } else {
        m_title->setText(tr("Waiting for cameras"));
        m_lead->setText(tr("They appear here by themselves as soon as an agent reports them."));
    }
    while (m_rows.size() < links.size())
        m_rows << makeRow(links[m_rows.size()].address.text());
    for (qsizetype i = 0; i < links.size(); ++i) {
        const LinkState &link = links[i];
        const bool server = link.address.kind == Address::Kind::Server;
        m_rows[i].name->setText((server ? tr("Server %1") : tr("Agent %1")).arg(link.address.text()));
        QString state;
        if (!link.tried)
            state = tr("Asking");
        else if (link.up)
            state = anyCamera ? tr("Connected") : tr("Connected. No camera is known there yet.");
        else {
            state = link.reason.isEmpty() ? tr("Does not answer.") : link.reason;
            if (!state.endsWith(QLatin1Char('.')))
                state += QLatin1Char('.');
            if (link.nextTry && *link.nextTry > now)
                state += QLatin1Char(' ') + tr("Next try in %1.").arg(countdownText(*link.nextTry - now));
        }
        m_rows[i].state->setText(state);
    }
}

} // namespace vedette::app
