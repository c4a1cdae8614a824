// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/http_connection.h"
#include "core/recordings/recording_source.h"

#include <memory>
#include <mutex>
#include <vector>

namespace vedette::recordings {

/// An agent's HTTP port: its coverage, the list of its files, and their bytes by ranges, the open one included
/// (docs/api.md). What answers in another way, or as another agent, is told as an error.
class AgentSource final : public RecordingSource {
public:
    static constexpr std::int64_t kMostJson = 16 << 20;  ///< bytes of one answer
    static constexpr int kMostPages = 64;                ///< of a list, 1,000 files each
    static constexpr std::size_t kMostIdle = 4;          ///< connections that are kept

    /// agent: its id. url: of its port, "http://host:8083", and may hold credentials.
    AgentSource(QString agent, const QString &url, net::HttpConnection::Options options = {});
    ~AgentSource() override;

    Kind kind() const override { return Kind::Agent; }
    QString name() const override { return QStringLiteral("agent ") + m_agent; }
    Result<QList<LaneExtent>> lanes(std::stop_token stop) override;
    Result<Account> account(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop) override;
    Result<QList<Piece>> pieces(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop) override;
    Result<std::unique_ptr<SegmentReader>> open(const RecordingLane &lane, const Piece &piece, std::stop_token stop) override;

private:
    Result<QByteArray> get(const QString &path, const std::stop_token &stop);
    /// Empty: it has never been recorded.
    Result<std::optional<LaneExtent>> extentOf(const RecordingLane &lane, UtcTime now, const std::stop_token &stop);
    Error error(const Error &cause) const;

    const QString m_agent;
    const QString m_url;
    const net::HttpConnection::Options m_options;
    std::mutex m_mutex; // guards m_idle
    std::vector<std::unique_ptr<net::HttpConnection>> m_idle;
};

} // namespace vedette::recordings
