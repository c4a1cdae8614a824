// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet_tee.h"
#include "core/protocol/au_framing.h"
#include "edge-agent/http/http_server.h"

#include <optional>

namespace vedette::agent {

/// A live stream as whole access units (core/protocol/au_framing.h) for one console. A client that reads slowly loses
/// packets up to the next key frame. HTTP worker, but for its construction.
class AuBody final : public HttpBody {
public:
    static constexpr auto kName = "http.au";
    static constexpr auto kTracks = media::PacketTee::Tracks::Pictures;
    static constexpr std::size_t kQueue = 100;            ///< packets, 5 s at 20 frames/s
    static constexpr qsizetype kEnough = 256 << 10;       ///< bytes after which read() stops collecting

    explicit AuBody(media::PacketReaderPtr reader) : m_reader(std::move(reader)) {}

    QByteArray contentType() const override { return protocol::kAuContentType; }
    QByteArray read() override;
    bool atEnd() const override { return m_failed || m_reader->ended(); }
    void onReadable(std::function<void()> notify) override { m_reader->onReadable(std::move(notify)); }

private:
    media::PacketReaderPtr m_reader;
    std::optional<protocol::AuStream> m_stream; ///< as last told to the client
    bool m_failed = false;                      ///< a codec that this framing does not carry
};

} // namespace vedette::agent
