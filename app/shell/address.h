// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>
#include <QUrl>

namespace vedette::app {

/// What a person typed to be connected: a server with an MQTT broker, or one agent by its HTTP port. Value type.
struct Address {
    enum class Kind : std::uint8_t { Server, Agent };
    Kind kind = Kind::Server;
    QString host;   ///< of a server
    quint16 port = 0;
    bool tls = false;
    QUrl url;       ///< of an agent, without user part

    /// As it is shown, remembered and parsed again.
    QString text() const;
    bool operator==(const Address &) const = default;
};

/// "HOST", "HOST:PORT", "mqtt://…", "mqtts://…" are servers; "http://…", "https://…" and HOST:8083 are agents.
/// InvalidInput says what is wrong and what is possible.
Result<Address> parseAddress(const QString &text);

} // namespace vedette::app
