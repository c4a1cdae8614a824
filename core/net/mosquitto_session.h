// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/mqtt_client.h"

#include <QDeadlineTimer>
#include <QHash>

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <variant>
#include <vector>

struct mosquitto;
struct mosquitto_message;
typedef struct mqtt5__property mosquitto_property;

namespace vedette::net {

/// One connection from TCP to its end, by libmosquitto. run() is the body of a Worker and the only place where the
/// library is called; its callbacks only enqueue. The other functions are thread-safe.
class MosquittoSession {
public:
    struct Connected {};
    struct Published { quint64 token; int reason; };
    struct Ended { Error error; };
    using Event = std::variant<Connected, Published, MqttMessage, Ended>;
    using Subscriptions = QHash<QString, int>;

    /// Messages that the owner has not taken yet; above either the oldest goes and is counted.
    static constexpr std::size_t kMaxWaitingMessages = 1024;
    static constexpr qsizetype kMaxWaitingBytes = 32 << 20;
    static constexpr milliseconds kConnectDeadline{10'000};
    /// For what is still unsent at the stop, DISCONNECT included.
    static constexpr milliseconds kFlushDeadline{500};

    /// notify is called on the Worker's thread when take() has something new. onlyV4: for hosts whose IPv6 fails.
    MosquittoSession(const MqttConfig &config, Subscriptions subscriptions, bool onlyV4, Pulse &pulse, std::function<void()> notify);
    ~MosquittoSession();

    void run(std::stop_token stop);

    void publish(quint64 token, const MqttMessage &message);
    void subscribe(const QString &filter, int qos);
    std::vector<Event> take();
    std::uint64_t dropped() const { return m_dropped; }

private:
    struct Publish { quint64 token; MqttMessage message; };
    struct Subscribe { QString filter; int qos; };
    using Command = std::variant<Publish, Subscribe>;

    Status prepare();
    Status connect();
    Status waitForTcp(const std::stop_token &stop, const QDeadlineTimer &deadline);
    Status serve(const std::stop_token &stop);
    Status step(int timeoutMs);
    void finish();
    void obeyCommands();
    void obey(const Publish &command);
    void obey(const Subscribe &command);
    void post(Event event);
    void wake();
    void drainWake();
    Error errorOf(int code) const;
    Error errorOf(const QString &what, ErrorKind kind = ErrorKind::Unavailable) const;

    static void onConnect(mosquitto *, void *self, int reason, int flags, const mosquitto_property *);
    static void onDisconnect(mosquitto *, void *self, int reason, const mosquitto_property *);
    static void onPublish(mosquitto *, void *self, int id, int reason, const mosquitto_property *);
    static void onMessage(mosquitto *, void *self, const mosquitto_message *, const mosquitto_property *);
    static void onSubscribe(mosquitto *, void *self, int id, int count, const int *granted, const mosquitto_property *);
    static void onLog(mosquitto *, void *self, int level, const char *text);

    const MqttConfig m_config;
    const bool m_onlyV4;
    Pulse &m_pulse;
    const std::function<void()> m_notify;
    int m_wakeFd = -1;

    std::mutex m_mutex; // guards the next five
    std::deque<Event> m_events;
    std::size_t m_waitingMessages = 0;
    qsizetype m_waitingBytes = 0;
    std::deque<Command> m_commands;
    bool m_notified = false;
    std::atomic<std::uint64_t> m_dropped{0};

    // Only the Worker's thread:
    mosquitto *m_mosquitto = nullptr;
    Subscriptions m_subscriptions;
    QHash<int, quint64> m_tokens; ///< packet id -> token
    int m_id = 0;
    quint64 m_token = 0;
    bool m_connected = false;
    int m_reason = 0;             ///< of a refused CONNECT or a DISCONNECT by the broker
    QString m_log;                ///< the library's last error line
};

} // namespace vedette::net
