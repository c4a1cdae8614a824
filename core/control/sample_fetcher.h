// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/net/json_http.h"
#include "core/protocol/sample.h"

#include <QElapsedTimer>
#include <QUrl>

namespace vedette::control {

/// Fetches the samples of one agent's spool by number over HTTP, so that no console depends on a broker's memory. Begins
/// kHistory rows before the newest. One request at a time; a full page is followed by the next at once. Main thread.
class SampleFetcher : public QObject {
    Q_OBJECT
public:
    static constexpr std::uint64_t kHistory = 600; ///< rows; ten minutes at 1 Hz
    static constexpr int kPage = 1000;
    static constexpr milliseconds kAfterFailure{15'000}; ///< no new try before: many agents cannot be reached directly

    /// agent: batches of another one are dropped (an address may have been given to another Pi); empty: any.
    SampleFetcher(QString agent, QObject *parent = nullptr);

    /// Asks for what is newer than what is held; does nothing while an answer is awaited.
    void fetch(const QUrl &base);
    /// The agent was reached another way: a past failure no longer holds the next try back.
    void forgetFailure() { m_sinceFailure.invalidate(); }
    /// Rows that came another way: they need not be fetched when nothing is missing before them.
    /// Returns false when rows are missing: time to fetch().
    bool seen(const protocol::SampleBatch &batch);

Q_SIGNALS:
    void fetched(const vedette::protocol::SampleBatch &batch);
    void failed(const vedette::Error &error);

private:
    void giveUp(const Error &error);
    void answered(const Result<QByteArray> &answer, const QUrl &base);

    const QString m_agent;
    net::JsonHttp m_http;
    QString m_spool;
    std::uint64_t m_last = 0;
    bool m_known = false;  ///< m_spool and m_last say where to go on
    bool m_waiting = false;
    QElapsedTimer m_sinceFailure; ///< valid after a failure
};

} // namespace vedette::control
