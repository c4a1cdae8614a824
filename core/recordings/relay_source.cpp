// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/relay_source.h"

#include "core/protocol/json_reader.h"
#include "core/protocol/time_range.h"
#include "core/recordings/file_name.h"
#include "core/recordings/piece_spans.h"
#include "core/recordings/relay_reader.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QTimeZone>
#include <QUrl>

#include <algorithm>

namespace vedette::recordings {
namespace {

constexpr std::int64_t kMostJson = 16 << 20;
constexpr std::chrono::seconds kStillWritten{5}; // the list is up to one part (1 s) behind
constexpr std::chrono::minutes kAround{10};      // of a moment: the server gives cut pieces, and cuts cost seeks
constexpr double kMostSeconds = 100 * 366 * 86'400.0;

/// RFC 3339 with microseconds.
QString timeText(UtcTime time)
{
    const std::int64_t micros = toMicros(time);
    const auto seconds = QDateTime::fromSecsSinceEpoch(micros / 1'000'000, QTimeZone::utc());
    return seconds.toString(QStringLiteral("yyyy-MM-dd'T'HH:mm:ss")) + QStringLiteral(".%1Z").arg(micros % 1'000'000, 6, 10, QLatin1Char('0'));
}

/// RFC 3339 with any number of digits behind the second, of any zone.
std::optional<UtcTime> timeOf(const QString &text)
{
    const qsizetype dot = text.indexOf(u'.');
    qsizetype end = dot;
    while (end > 0 && ++end < text.size() && text[end].isDigit()) {
    }
    const QString fraction = dot > 0 ? text.mid(dot + 1, end - dot - 1) : QString();
    const auto whole = QDateTime::fromString(dot > 0 ? text.left(dot) + text.mid(end) : text, Qt::ISODate);
    const std::int64_t micros = whole.toMSecsSinceEpoch() * 1000 + fraction.leftJustified(6, u'0', true).toLongLong();
    return whole.isValid() && protocol::isPlausibleTime(micros) ? std::optional(utcFromMicros(micros)) : std::nullopt;
}

RecordingLane laneOf(const QString &path)
{
    const bool sub = path.endsWith(QLatin1String("/sub"));
    return {cameraIdOf(sub ? path.chopped(4) : path), sub ? QStringLiteral("sub") : QStringLiteral("main")};
}

/// Whether the server says that there is nothing: it answers 404 for a range and 400 for a path that was never recorded.
bool saysNothing(const Error &error)
{
    return error.kind == ErrorKind::NotFound || (error.kind == ErrorKind::InvalidInput && (error.text().contains(QLatin1String("no such file or directory")) || error.text().contains(QLatin1String("is not configured"))));
}

/// One file that is empty or cut in its header, and the whole answer is this.
bool saysBroken(const Error &error)
{
    return error.text().contains(QLatin1String("answered 500"));
}

} // namespace

RelaySource::RelaySource(RelayAddress address, const Clock &clock) : m_address(std::move(address)), m_clock(clock) {}
RelaySource::~RelaySource() = default;

Error RelaySource::error(const Error &cause) const
{
    return cause.kind == ErrorKind::Cancelled ? cause : cause.wrap(name());
}

Result<QByteArray> RelaySource::get(const QString &url, const std::stop_token &stop) const
{
    net::HttpConnection::Options options;
    options.basicOnly = true;
    net::HttpConnection connection(options);
    auto answer = connection.get(url, kMostJson, stop);
    if (!answer)
        return fail(answer.error());
    return std::move(answer->body);
}

QString RelaySource::pathOf(const RecordingLane &lane) const
{
    const std::lock_guard lock(m_mutex);
    const QString usual = lane.stream == QLatin1String("main") ? lane.camera : lane.camera + u'/' + lane.stream;
    return m_paths.value(lane, usual);
}

/// Those that are named, and what the API knows.
Result<QStringList> RelaySource::paths(const std::stop_token &stop) const
{
    QStringList all = m_address.paths;
    for (int page = 0; !m_address.api.isEmpty() && all.size() < kMostPaths; ++page) {
        const auto body = get(QStringLiteral("%1/v3/recordings/list?itemsPerPage=1000&page=%2").arg(m_address.api).arg(page), stop);
        if (!body)
            return fail(error(body.error()));
        const auto document = protocol::JsonReader::document(*body);
        if (!document)
            return fail(error({ErrorKind::Corrupt, QStringLiteral("its list of paths is none: ") + document.error().text(), nullptr}));
        std::optional<Error> wrong;
        protocol::JsonReader reader(*document, wrong);
        const auto pages = reader.integer(QLatin1String("pageCount"), 0, 1'000'000);
        reader.objects(QLatin1String("items"), [&all](protocol::JsonReader &each) { all.append(each.text(QLatin1String("name"))); });
        if (wrong)
            return fail(error({ErrorKind::Corrupt, QStringLiteral("its list of paths is none: ") + wrong->text(), nullptr}));
        if (page + 1 >= pages)
            break;
    }
    all.removeDuplicates();
    return all.mid(0, kMostPaths);
}

Status RelaySource::list(const QString &path, std::optional<UtcTime> from, std::optional<UtcTime> to, Listed &listed, const std::stop_token &stop) const
{
    ++listed.questions;
    QString url = QStringLiteral("%1/list?path=%2").arg(m_address.playback, QString::fromLatin1(QUrl::toPercentEncoding(path, "/")));
    if (from)
        url += QStringLiteral("&start=") + timeText(*from);
    if (to)
        url += QStringLiteral("&end=") + timeText(*to);
    const auto body = get(url, stop);
    if (!body)
        return saysNothing(body.error()) ? Status() : Status(fail(body.error()));
    QJsonParseError parsed{};
    const QJsonDocument document = QJsonDocument::fromJson(*body, &parsed);
    if (!document.isArray())
        return fail(ErrorKind::Corrupt, QStringLiteral("its list of %1 is none: %2").arg(path, parsed.error ? parsed.errorString() : QStringLiteral("no array")));
    for (const QJsonValue &value : document.array()) {
        const auto start = timeOf(value[QLatin1String("start")].toString());
        const double seconds = value[QLatin1String("duration")].toDouble();
        if (!start || !(seconds > 0) || seconds > kMostSeconds)
            continue; // an end before the start is answered with a negative duration
        Piece piece;
        piece.id = timeText(*start);
        piece.from = *start;
        piece.to = *start + microseconds{static_cast<std::int64_t>(seconds * 1e6 + 0.5)};
        piece.open = m_clock.utcNow() - piece.to < kStillWritten && (!to || piece.to < *to);
        listed.pieces.append(piece);
    }
    return {};
}

/// Around broken files: halves, until what cannot be listed is small.
Status RelaySource::parts(const QString &path, UtcTime from, UtcTime to, Listed &listed, const std::stop_token &stop) const
{
    const Status whole = list(path, from, to, listed, stop);
    if (whole || !saysBroken(whole.error()))
        return whole;
    if (to - from <= kSmallestPart || listed.questions >= kMostQuestions) {
        Piece lost;
        lost.id = timeText(from);
        lost.from = from;
        lost.to = to;
        lost.custody = protocol::Custody::Lost;
        lost.fault = QStringLiteral("%1 cannot list %2 from %3 to %4: a file there is empty or broken").arg(name(), path, timeText(from), timeText(to));
        listed.pieces.append(lost);
        return {};
    }
    const UtcTime middle = from + (to - from) / 2;
    if (const Status first = parts(path, from, middle, listed, stop); !first)
        return first;
    return parts(path, middle, to, listed, stop);
}

Result<QList<LaneExtent>> RelaySource::lanes(std::stop_token stop)
{
    const auto all = paths(stop);
    if (!all)
        return fail(all.error());
    QMap<RecordingLane, QString> found;
    QMap<RecordingLane, LaneExtent> extents;
    for (const QString &path : *all) {
        const RecordingLane lane = laneOf(path);
        Listed listed;
        const Status told = list(path, {}, {}, listed, stop);
        if (!told && !saysBroken(told.error()))
            return fail(error(told.error()));
        if ((told && listed.pieces.isEmpty()) || lane.camera.isEmpty())
            continue;
        LaneExtent extent{lane, {}, {}, {}, 0};
        for (const Piece &each : listed.pieces) {
            extent.first = extent.first == UtcTime{} ? each.from : std::min(extent.first, each.from);
            extent.last = std::max(extent.last, each.to);
        }
        found.insert(lane, path);
        extents.insert(lane, extent);
    }
    const std::lock_guard lock(m_mutex);
    m_paths = found;
    m_extents = extents;
    return extents.values();
}

Result<Account> RelaySource::account(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop)
{
    Listed listed;
    if (const Status told = parts(pathOf(lane), from, to, listed, stop); !told)
        return fail(error(told.error()));
    UtcTime first = to;
    UtcTime last = from;
    for (const Piece &each : listed.pieces) {
        first = std::min(first, each.from);
        last = std::max(last, each.to);
    }
    {
        const std::lock_guard lock(m_mutex);
        if (const auto extent = m_extents.constFind(lane); extent != m_extents.constEnd() && extent->first < extent->last) {
            first = std::min(first, extent->first);
            last = std::max(last, extent->last);
        }
    }
    return Account{spansOf(listed.pieces, {}, std::max(first, from), std::min(last, to)), false};
}

Result<QList<Piece>> RelaySource::pieces(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop)
{
    Listed listed;
    const UtcTime begin = std::max(from - kAround, utcFromMicros(0));
    if (const Status told = parts(pathOf(lane), begin, to + kAround, listed, stop); !told)
        return fail(error(told.error()));
    QList<Piece> out;
    std::copy_if(listed.pieces.begin(), listed.pieces.end(), std::back_inserter(out), [from, to](const Piece &each) { return each.from < to && each.to > from; });
    return out;
}

Result<std::unique_ptr<SegmentReader>> RelaySource::open(const RecordingLane &lane, const Piece &piece, std::stop_token stop)
{
    if (piece.custody == protocol::Custody::Lost)
        return fail(ErrorKind::Corrupt, piece.fault);
    const QString path = pathOf(lane);
    const QString base = QStringLiteral("%1/get?format=fmp4&path=%2").arg(m_address.playback, QString::fromLatin1(QUrl::toPercentEncoding(path, "/")));
    RelayReader::Span span{QStringLiteral("%1, %2 from %3").arg(name(), path, piece.id), piece.from, piece.to, piece.open};
    return RelayReader::open(std::move(span), [base](UtcTime from, microseconds length) {
        return base + QStringLiteral("&start=%1&duration=%2").arg(timeText(from)).arg(static_cast<double>(length.count()) / 1e6, 0, 'f', 6);
    }, stop);
}

} // namespace vedette::recordings
