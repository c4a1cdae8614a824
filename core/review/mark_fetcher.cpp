// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/mark_fetcher.h"

#include "core/protocol/bookmark.h"
#include "core/protocol/protection.h"
#include "core/protocol/routes.h"

#include <QUrlQuery>

#include <algorithm>

namespace vedette::review {

namespace {

constexpr milliseconds kTimeout{5'000};

Result<std::vector<LaneMark>> bookmarksIn(const QByteArray &json)
{
    const auto read = protocol::parseBookmarks(json);
    if (!read)
        return fail(read.error());
    std::vector<LaneMark> marks;
    for (const protocol::Bookmark &each : *read)
        marks.push_back({MarkFetcher::idOf(LaneMark::Kind::Bookmark, each.id), LaneMark::Kind::Bookmark, each.at, {}, each.text});
    return marks;
}

Result<std::vector<LaneMark>> protectionsIn(const QByteArray &json)
{
    const auto read = protocol::parseProtections(json);
    if (!read)
        return fail(read.error());
    std::vector<LaneMark> marks;
    for (const protocol::Protection &each : *read)
        marks.push_back({MarkFetcher::idOf(LaneMark::Kind::Protection, each.id), LaneMark::Kind::Protection, each.from, each.to, each.reason});
    return marks;
}

} // namespace

QString MarkFetcher::idOf(LaneMark::Kind kind, std::int64_t number)
{
    return QStringLiteral("%1 %2").arg(kind == LaneMark::Kind::Bookmark ? QStringLiteral("bookmark") : QStringLiteral("protection")).arg(number);
}

std::optional<std::int64_t> MarkFetcher::numberOf(const QString &id)
{
    bool good = false;
    const qint64 number = id.section(QLatin1Char(' '), 1).toLongLong(&good);
    return good ? std::optional<std::int64_t>(number) : std::nullopt;
}

MarkFetcher::MarkFetcher(QObject *parent) : QObject(parent)
{
    m_timer.setInterval(kEvery);
    connect(&m_timer, &QTimer::timeout, this, &MarkFetcher::refresh);
}

void MarkFetcher::setPorts(const QHash<QString, QUrl> &ports)
{
    if (ports == m_ports)
        return;
    m_ports = ports;
    if (m_timer.isActive())
        refresh();
}

void MarkFetcher::setWatched(bool watched)
{
    if (watched == m_timer.isActive())
        return;
    if (!watched)
        return m_timer.stop();
    m_timer.start();
    refresh();
}

void MarkFetcher::refresh()
{
    ++m_round;
    for (auto it = m_ports.cbegin(); it != m_ports.cend(); ++it) {
        ask(it.key(), it.value(), LaneMark::Kind::Bookmark);
        ask(it.key(), it.value(), LaneMark::Kind::Protection);
    }
}

void MarkFetcher::ask(const QString &camera, const QUrl &port, LaneMark::Kind kind)
{
    const bool bookmarks = kind == LaneMark::Kind::Bookmark;
    QUrl url = port;
    url.setPath(QLatin1String(bookmarks ? protocol::routes::kBookmarks : protocol::routes::kProtections));
    QUrlQuery query;
    query.addQueryItem(QStringLiteral("camera"), camera);
    url.setQuery(query);
    m_http.get(url, kTimeout, this, [this, camera, kind, bookmarks, round = m_round](const Result<QByteArray> &answer) {
        if (!answer || round != m_round)
            return; // an agent of another version has none; one that is away keeps what is known
        auto marks = bookmarks ? bookmarksIn(*answer) : protectionsIn(*answer);
        if (marks)
            take(camera, kind, std::move(*marks));
    });
}

void MarkFetcher::take(const QString &camera, LaneMark::Kind kind, std::vector<LaneMark> marks)
{
    Known &known = m_known[camera];
    std::vector<LaneMark> &place = kind == LaneMark::Kind::Bookmark ? known.bookmarks : known.protections;
    if (place == marks)
        return;
    place = std::move(marks);
    std::vector<LaneMark> all = known.bookmarks;
    all.insert(all.end(), known.protections.begin(), known.protections.end());
    std::stable_sort(all.begin(), all.end(), [](const LaneMark &a, const LaneMark &b) { return a.at < b.at; });
    Q_EMIT marksChanged(camera, all);
}

} // namespace vedette::review
