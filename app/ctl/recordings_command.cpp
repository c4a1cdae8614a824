// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/recordings_command.h"

#include "app/ctl/fleet_access.h"
#include "core/base/secret.h"
#include "core/net/json_http.h"
#include "core/protocol/ids.h"
#include "core/protocol/routes.h"
#include "core/protocol/time_range.h"

#include <QDateTime>
#include <QEventLoop>
#include <QJsonDocument>
#include <QTimeZone>
#include <QTimer>
#include <QUrlQuery>

#include <functional>
#include <variant>

namespace vedette::app {
namespace {

namespace routes = protocol::routes;

/// One question to one agent.
struct Question {
    QString agent;
    QString camera;
    QUrlQuery query;
    milliseconds limit{};
    Access access;
    bool json = false;
};

QString timeText(UtcTime time)
{
    return QDateTime::fromMSecsSinceEpoch(toMicros(time) / 1000, QTimeZone::utc()).toString(QStringLiteral("yyyy-MM-dd'T'HH:mm:ss.zzz'Z'"));
}

Result<std::int64_t> microsOf(const QString &option, const QString &text)
{
    const auto time = protocol::timeFromText(text);
    if (!time)
        return fail(time.error().wrap(QStringLiteral("--%1").arg(option)));
    return toMicros(*time);
}

/// An exit code when the command is over already.
std::variant<int, Question> questionOf(const QString &name, const QString &help, const QStringList &arguments, Surroundings &around)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(help);
    parser.addPositionalArgument(QStringLiteral("source"), QStringLiteral("AGENT/CAMERA."));
    addAccessOptions(parser);
    parser.addOption({QStringLiteral("stream"), QStringLiteral("main or sub (default main)."), QStringLiteral("name"), QStringLiteral("main")});
    parser.addOption({QStringLiteral("from"), QStringLiteral("Not before this time, such as 2026-11-21T14:15:00Z."), QStringLiteral("time")});
    parser.addOption({QStringLiteral("to"), QStringLiteral("Before this time."), QStringLiteral("time")});
    parser.addOption({QStringLiteral("seconds"), QStringLiteral("Wait at most this long (default 10)."), QStringLiteral("n"), QStringLiteral("10")});
    parser.addOption({QStringLiteral("json"), QStringLiteral("One JSON object on standard output.")});
    if (const auto over = parseArguments(parser, name, arguments, 1, around))
        return *over;
    Question question;
    const QString source = parser.positionalArguments().first();
    question.agent = source.section(QLatin1Char('/'), 0, 0);
    question.camera = source.section(QLatin1Char('/'), 1);
    if (!protocol::isValidId(question.agent) || !protocol::isValidId(question.camera))
        return badUsage(around, QStringLiteral("\"%1\" is not AGENT/CAMERA").arg(redact(source)));
    question.query.addQueryItem(QStringLiteral("camera"), question.camera);
    const QString stream = parser.value(QStringLiteral("stream"));
    if (stream != QLatin1String("main") && stream != QLatin1String("sub"))
        return badUsage(around, QStringLiteral("--stream: \"%1\" is neither main nor sub").arg(stream));
    question.query.addQueryItem(QStringLiteral("stream"), stream);
    for (const QString &option : {QStringLiteral("from"), QStringLiteral("to")}) {
        if (!parser.isSet(option))
            continue;
        const auto micros = microsOf(option, parser.value(option));
        if (!micros)
            return badUsage(around, micros.error().text());
        question.query.addQueryItem(option, QString::number(*micros));
    }
    const QString from = question.query.queryItemValue(QStringLiteral("from"));
    const QString to = question.query.queryItemValue(QStringLiteral("to"));
    if (!from.isEmpty() && !to.isEmpty() && from.toLongLong() >= to.toLongLong())
        return badUsage(around, QStringLiteral("--to: is not after --from"));
    const auto limit = secondsOf(parser);
    if (!limit)
        return badUsage(around, QStringLiteral("--seconds: \"%1\" is not a number of seconds up to 86400").arg(parser.value(QStringLiteral("seconds"))));
    question.limit = *limit;
    const auto access = accessFrom(parser, around.environment);
    if (!access)
        return badUsage(around, access.error().text());
    if (access->isEmpty())
        return badUsage(around, QStringLiteral("say where the fleet is: --server HOST or --agent URL"));
    question.access = *access;
    question.json = parser.isSet(QStringLiteral("json"));
    return question;
}

/// Asks the agent's port as often as take, which reads an answer, adds to the query; take returns false at the end.
class Exchange : public QObject {
public:
    using Take = std::function<Result<bool>(const QByteArray &answer, QUrlQuery &query)>;

    Exchange(Question question, const QString &path, Take take, Surroundings &around)
        : m_question(std::move(question)), m_path(path), m_take(std::move(take)), m_around(around), m_fleet(m_question.access, around.clock)
    {
    }

    Status run()
    {
        connect(&m_fleet, &FleetAccess::changed, this, [this] { begin(); });
        connect(&m_around.interrupt, &Interrupt::requested, this, [this] { finish(fail(ErrorKind::Cancelled, QStringLiteral("interrupted"))); });
        QTimer::singleShot(m_question.limit, this, [this] { finish(fail(ErrorKind::Timeout, whatIsMissing())); });
        m_fleet.start();
        m_loop.exec();
        return m_outcome;
    }

private:
    QString whatIsMissing() const
    {
        const QString problems = m_fleet.problems();
        const QString what = m_asked ? QStringLiteral("agent %1 did not answer in time").arg(m_question.agent)
                                     : QStringLiteral("no agent %1 was heard of in time").arg(m_question.agent);
        return problems.isEmpty() ? what : what + QStringLiteral(": ") + problems;
    }

    void begin()
    {
        m_base = m_fleet.portOf(m_question.agent);
        if (m_asked || m_base.isEmpty())
            return;
        m_asked = true;
        ask();
    }

    void ask()
    {
        QUrl url = m_base;
        url.setPath(m_path);
        url.setQuery(m_question.query);
        m_http.get(url, m_question.limit, this, [this](const Result<QByteArray> &answer) {
            const Result<bool> more = answer ? m_take(*answer, m_question.query) : fail(answer.error());
            if (!more)
                finish(fail(more.error()));
            else if (*more)
                ask();
            else
                finish({});
        });
    }

    void finish(const Status &outcome)
    {
        m_outcome = outcome;
        m_loop.quit();
    }

    Question m_question;
    const QString m_path;
    const Take m_take;
    Surroundings &m_around;
    FleetAccess m_fleet;
    net::JsonHttp m_http;
    QEventLoop m_loop;
    QUrl m_base;
    bool m_asked = false;
    Status m_outcome;
};

int finish(const Status &outcome, bool json, const QJsonObject &object, const QString &text, Surroundings &around)
{
    if (!outcome) {
        const QString sentence = redact(outcome.error().text());
        print(around.err, QStringLiteral("vedettectl: ") + sentence);
        if (json)
            print(around.out, QString::fromUtf8(QJsonDocument(QJsonObject{{QStringLiteral("error"), sentence}}).toJson(QJsonDocument::Compact)));
        return kFailed;
    }
    print(around.out, json ? QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)) : text);
    return kDone;
}

QString wordOf(const protocol::CoverageSpan &span)
{
    return span.gap ? toString(*span.gap) : toString(span.custody);
}

QJsonObject percentOf(const protocol::Coverage &coverage)
{
    const auto whole = static_cast<double>((coverage.to - coverage.from).count());
    QJsonObject percent;
    for (const protocol::CoverageSpan &span : coverage.spans) {
        const QString word = wordOf(span);
        percent.insert(word, percent.value(word).toDouble() + 100 * static_cast<double>((span.to - span.from).count()) / whole);
    }
    return percent;
}

} // namespace

QJsonObject coverageJson(const protocol::Coverage &coverage)
{
    QJsonObject object = QJsonDocument::fromJson(protocol::toJson(coverage)).object();
    object.insert(QStringLiteral("percent"), percentOf(coverage));
    return object;
}

QString coverageText(const protocol::Coverage &coverage)
{
    const auto ratio = coverage.ratio();
    if (!ratio)
        return QStringLiteral("%1 %2: nothing is known of this time").arg(coverage.camera, coverage.stream);
    QStringList lines{QStringLiteral("%1 %2, %3 to %4: %5 % recorded").arg(coverage.camera, coverage.stream, timeText(coverage.from), timeText(coverage.to))
                          .arg(*ratio * 100, 0, 'f', 3)};
    const QJsonObject percent = percentOf(coverage);
    for (auto each = percent.begin(); each != percent.end(); ++each)
        lines.append(QStringLiteral("  %1 %2 %").arg(each.key(), -18).arg(each.value().toDouble(), 8, 'f', 3));
    for (const protocol::CoverageSpan &span : coverage.spans) {
        if (span.gap)
            lines.append(QStringLiteral("%1  %2 s  %3").arg(timeText(span.from)).arg(static_cast<double>((span.to - span.from).count()) / 1e6, 10, 'f', 1).arg(wordOf(span)));
    }
    return lines.join(QLatin1Char('\n'));
}

QString recordingsText(const protocol::RecordingPage &page)
{
    if (page.recordings.isEmpty())
        return QStringLiteral("%1 %2: nothing is recorded in this time").arg(page.camera, page.stream);
    QStringList lines;
    for (const protocol::Recording &each : page.recordings) {
        lines.append(QStringLiteral("%1  %2  %3 s  %4 MB  %5  %6")
                         .arg(each.name.id(), each.name.start ? timeText(each.from) : QStringLiteral("time unknown            "))
                         .arg(static_cast<double>((each.to - each.from).count()) / 1e6, 8, 'f', 1)
                         .arg(static_cast<double>(each.bytes) / 1e6, 9, 'f', 1)
                         .arg(toString(each.state), -8).arg(toString(each.custody)));
    }
    return lines.join(QLatin1Char('\n'));
}

int runRecordings(const QStringList &arguments, Surroundings &around)
{
    auto question = questionOf(QStringLiteral("recordings"), QStringLiteral("Lists what a camera has recorded."), arguments, around);
    if (const int *over = std::get_if<int>(&question))
        return *over;
    auto &asked = std::get<Question>(question);
    const bool json = asked.json;
    asked.query.addQueryItem(QStringLiteral("limit"), QString::number(protocol::RecordingPage::kMaxLimit));
    protocol::RecordingPage all;
    Exchange exchange(asked, QString::fromLatin1(routes::kRecordings), [&all](const QByteArray &answer, QUrlQuery &query) -> Result<bool> {
        auto page = protocol::parseRecordingPage(answer);
        if (!page)
            return fail(page.error());
        const QString next = page->next;
        page->recordings = all.recordings + page->recordings;
        page->next.clear();
        all = *page;
        query.removeQueryItem(QStringLiteral("after"));
        query.addQueryItem(QStringLiteral("after"), next);
        return !next.isEmpty();
    }, around);
    const Status outcome = exchange.run();
    return finish(outcome, json, outcome ? QJsonDocument::fromJson(protocol::toJson(all)).object() : QJsonObject(), recordingsText(all), around);
}

int runCoverage(const QStringList &arguments, Surroundings &around)
{
    const auto question = questionOf(QStringLiteral("coverage"), QStringLiteral("Says which seconds of a camera are recorded, and why others are not."), arguments, around);
    if (const int *over = std::get_if<int>(&question))
        return *over;
    const auto &asked = std::get<Question>(question);
    protocol::Coverage coverage;
    Exchange exchange(asked, QString::fromLatin1(routes::kCoverage), [&coverage](const QByteArray &answer, QUrlQuery &) -> Result<bool> {
        auto told = protocol::parseCoverage(answer);
        if (!told)
            return fail(told.error());
        coverage = std::move(*told);
        return false;
    }, around);
    const Status outcome = exchange.run();
    return finish(outcome, asked.json, coverageJson(coverage), coverageText(coverage), around);
}

} // namespace vedette::app
