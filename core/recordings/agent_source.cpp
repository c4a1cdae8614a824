// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/agent_source.h"

#include "core/net/http_bytes.h"
#include "core/protocol/recording.h"
#include "core/protocol/routes.h"
#include "core/protocol/status.h"
#include "core/protocol/time_range.h"
#include "core/recordings/file_segment_reader.h"

#include <QUrlQuery>

#include <algorithm>

namespace vedette::recordings {

namespace routes = protocol::routes;

namespace {

constexpr std::chrono::hours kNear{1}; // in which the end of a lane that is recorded lies
constexpr UtcTime kBeginning = utcFromMicros(0);
constexpr UtcTime kEnd = utcFromMicros(protocol::kMaxTimeMicros);

QString question(const char *route, const RecordingLane &lane, UtcTime from, UtcTime to)
{
    return QStringLiteral("%1?camera=%2&stream=%3&from=%4&to=%5").arg(QLatin1String(route), lane.camera, lane.stream).arg(toMicros(from)).arg(toMicros(to));
}

Piece pieceOf(const protocol::Recording &recording)
{
    Piece piece;
    piece.id = recording.name.id();
    piece.from = recording.from;
    piece.to = recording.to;
    piece.known = recording.name.start.has_value();
    piece.open = recording.state == protocol::RecordingState::Open;
    piece.custody = recording.custody;
    if (recording.custody == protocol::Custody::Lost)
        piece.fault = QStringLiteral("recording %1 is lost: its file is not where it was").arg(piece.id);
    return piece;
}

/// The agent has it, and did not remove it to make room.
bool isHere(const protocol::Recording &recording)
{
    return recording.state != protocol::RecordingState::Expired;
}

} // namespace

AgentSource::AgentSource(QString agent, const QString &url, net::HttpConnection::Options options)
    : m_agent(std::move(agent)), m_url(url.endsWith(u'/') ? url.chopped(1) : url), m_options(std::move(options))
{
}

AgentSource::~AgentSource() = default;

Error AgentSource::error(const Error &cause) const
{
    return cause.kind == ErrorKind::Cancelled ? cause : cause.wrap(name());
}

Result<QByteArray> AgentSource::get(const QString &path, const std::stop_token &stop)
{
    std::unique_ptr<net::HttpConnection> connection;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_idle.empty()) {
            connection = std::move(m_idle.back());
            m_idle.pop_back();
        }
    }
    if (!connection)
        connection = std::make_unique<net::HttpConnection>(m_options);
    auto answer = connection->get(m_url + path, kMostJson, stop);
    const std::lock_guard lock(m_mutex);
    if (m_idle.size() < kMostIdle)
        m_idle.push_back(std::move(connection));
    if (!answer)
        return fail(error(answer.error()));
    return std::move(answer->body);
}

Result<QList<LaneExtent>> AgentSource::lanes(std::stop_token stop)
{
    const auto body = get(QLatin1String(routes::kStatus), stop);
    if (!body)
        return fail(body.error());
    const auto status = protocol::parseAgentStatus(*body);
    if (!status)
        return fail(error({ErrorKind::Corrupt, QStringLiteral("its status is none: ") + status.error().text(), nullptr}));
    if (status->id != m_agent)
        return fail(error({ErrorKind::Unavailable, QStringLiteral("another agent, %1, answers at its address").arg(status->id), nullptr}));
    QList<LaneExtent> out;
    for (const protocol::CameraStatus &camera : status->cameras) {
        for (const char *stream : {"main", "sub"}) {
            auto extent = extentOf({camera.id, QLatin1String(stream)}, status->time, stop);
            if (!extent)
                return fail(extent.error());
            if (!*extent)
                continue;
            (*extent)->name = camera.name;
            out.append(**extent);
        }
    }
    return out;
}

Result<std::optional<LaneExtent>> AgentSource::extentOf(const RecordingLane &lane, UtcTime now, const std::stop_token &stop)
{
    LaneExtent extent{lane, {}, {}, {}, 0};
    for (const UtcTime from : {now - kNear, kBeginning}) { // what was recorded lately is told in a moment, all of it may be much
        const auto account = this->account(lane, std::max(from, kBeginning), kEnd, stop);
        if (!account && account.error().kind == ErrorKind::NotFound)
            return std::nullopt;
        if (!account)
            return fail(account.error());
        for (const protocol::CoverageSpan &each : account->spans)
            extent.last = each.gap ? extent.last : std::max(extent.last, each.to);
        if (extent.last != UtcTime{})
            break;
    }
    // The first file that is still there; gaps before it are no recordings.
    const auto body = get(question(routes::kRecordings, lane, kBeginning, kEnd) + QStringLiteral("&limit=1"), stop);
    const auto page = body ? protocol::parseRecordingPage(*body) : Result<protocol::RecordingPage>(fail(body.error()));
    if (!page)
        return fail(body ? error({ErrorKind::Corrupt, QStringLiteral("its list of recordings is none: ") + page.error().text(), nullptr}) : page.error());
    extent.first = page->recordings.isEmpty() ? extent.last : std::min(page->recordings.first().from, extent.last);
    return extent;
}

Result<Account> AgentSource::account(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop)
{
    from = std::clamp(from, kBeginning, kEnd);
    to = std::clamp(to, kBeginning, kEnd);
    if (from >= to)
        return Account{};
    const auto body = get(question(routes::kCoverage, lane, from, to), stop);
    if (!body)
        return fail(body.error());
    const auto coverage = protocol::parseCoverage(*body);
    if (!coverage)
        return fail(error({ErrorKind::Corrupt, QStringLiteral("its coverage is none: ") + coverage.error().text(), nullptr}));
    if (coverage->camera != lane.camera || coverage->stream != lane.stream)
        return fail(error({ErrorKind::Corrupt, QStringLiteral("it tells of %1/%2 when asked for %3/%4").arg(coverage->camera, coverage->stream, lane.camera, lane.stream), nullptr}));
    return Account{coverage->spans, false};
}

Result<QList<Piece>> AgentSource::pieces(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop)
{
    from = std::clamp(from, kBeginning, kEnd);
    to = std::clamp(to, kBeginning, kEnd);
    QList<Piece> out;
    QString after;
    for (int pages = 0; from < to && pages < kMostPages; ++pages) {
        QString asked = question(routes::kRecordings, lane, from, to) + QStringLiteral("&limit=%1").arg(protocol::RecordingPage::kMaxLimit);
        if (!after.isEmpty())
            asked += QStringLiteral("&after=") + after;
        const auto body = get(asked, stop);
        if (!body)
            return fail(body.error());
        const auto page = protocol::parseRecordingPage(*body);
        if (!page)
            return fail(error({ErrorKind::Corrupt, QStringLiteral("its list of recordings is none: ") + page.error().text(), nullptr}));
        for (const protocol::Recording &each : page->recordings) {
            if (isHere(each) && each.name.camera == lane.camera && each.name.stream == lane.stream && each.from < to && each.to > from)
                out.append(pieceOf(each));
        }
        if (page->next.isEmpty() || page->next == after)
            break;
        after = QString::fromLatin1(QUrl::toPercentEncoding(page->next));
    }
    return out;
}

Result<std::unique_ptr<SegmentReader>> AgentSource::open(const RecordingLane &, const Piece &piece, std::stop_token stop)
{
    SegmentClaim claim;
    claim.name = QStringLiteral("%1, recording %2").arg(name(), piece.id);
    claim.from = piece.from;
    claim.known = piece.known;
    claim.by = QStringLiteral("the agent's catalog");
    auto bytes = net::HttpBytes::open(m_url + routes::recording(piece.id), claim.name, m_options, stop);
    if (!bytes)
        return fail(bytes.error());
    return FileSegmentReader::open(std::move(*bytes), std::move(claim), stop);
}

} // namespace vedette::recordings
