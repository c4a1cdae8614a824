// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/media/packet_source.h"

#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::net {

/// Plays /live/<camera>/<stream>.au of an agent (core/protocol/au_framing.h) by libcurl: each access unit is given out the
/// moment its last byte is here. No thread and no retry of its own: read() does all, on its user's Worker.
class AuReceiver final : public media::PacketSource {
public:
    struct Options {
        milliseconds openTimeout{5000};
        milliseconds readTimeout{5000};
        QString caFile;
    };
    /// Returns when the stream's first record is here. Kinds: Denied (401, 403), NotFound (404), Unavailable, Timeout,
    /// Corrupt (another content type, such as a web page), Cancelled.
    static Result<std::unique_ptr<AuReceiver>> open(const QString &url, const Options &options, std::stop_token stop);
    ~AuReceiver() override;

    const media::StreamInfo &info() const override;
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    AuReceiver();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
