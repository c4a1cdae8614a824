// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/backoff.h"
#include "core/control/agent_link.h"
#include "core/control/sample_fetcher.h"
#include "core/net/json_http.h"

#include <QTimer>
#include <QUrl>

namespace vedette::control {

/// One agent by its HTTP port alone: status every 2 s, samples every second by sequence, commands by POST. Works with no
/// server at all. Retries for ever with capped back-off.
class HttpLink final : public AgentLink {
    Q_OBJECT
public:
    HttpLink(QUrl base, const Clock &clock, QObject *parent = nullptr);

    void start() override;
    void stop() override;
    void send(const QString &agent, const protocol::CommandRequest &request, QObject *context, Reply reply) override;

    const QUrl &base() const { return m_base; }

private:
    void tick();
    void askStatus();
    void statusAnswered(const Result<QByteArray> &answer, MonoTime asked);
    void failed(const Error &error);

    const QUrl m_base;
    const Clock &m_clock;
    net::JsonHttp m_http;
    SampleFetcher m_samples;
    QTimer m_timer;
    Backoff m_backoff;
    QString m_agent;       ///< empty until it has answered once
    bool m_online = false;
    bool m_running = false;
    bool m_asking = false; ///< a status is awaited
    int m_ticks = 0;       ///< since the last status
    quint64 m_run = 0;     ///< answers to an earlier start() are not heard
};

} // namespace vedette::control
