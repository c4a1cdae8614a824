// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/json_http.h"
#include "core/review/lane.h"

#include <QHash>
#include <QTimer>
#include <QUrl>

namespace vedette::review {

/// Bookmarks and protections of cameras, which their agents keep for all consoles: asked for every kEvery while somebody
/// watches, and at once after refresh(). What an agent does not answer stays as it was. Main thread.
class MarkFetcher final : public QObject {
    Q_OBJECT
public:
    static constexpr milliseconds kEvery{5'000};

    explicit MarkFetcher(QObject *parent = nullptr);

    /// Where each camera's agent listens; what it has is asked for.
    void setPorts(const QHash<QString, QUrl> &ports);
    void setWatched(bool watched);
    void refresh();

    /// Ids in LaneMark::id: kind and the agent's number, "bookmark 7".
    static QString idOf(LaneMark::Kind kind, std::int64_t number);
    static std::optional<std::int64_t> numberOf(const QString &id);

Q_SIGNALS:
    void marksChanged(const QString &camera, const std::vector<vedette::review::LaneMark> &marks);

private:
    struct Known {
        std::vector<LaneMark> bookmarks;
        std::vector<LaneMark> protections;
    };
    void ask(const QString &camera, const QUrl &port, LaneMark::Kind kind);
    void take(const QString &camera, LaneMark::Kind kind, std::vector<LaneMark> marks);

    net::JsonHttp m_http;
    QHash<QString, QUrl> m_ports;
    QHash<QString, Known> m_known;
    QTimer m_timer;
    std::uint64_t m_round = 0; ///< answers of an earlier one are late
};

} // namespace vedette::review
