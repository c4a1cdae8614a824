// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/muxer.h"
#include "core/media/packet_tee.h"
#include "edge-agent/http/http_server.h"

#include <memory>

namespace vedette::agent {

/// A live stream as MPEG-TS, with its sound, for one HTTP client: whole access units from a key frame on. A client that reads slowly
/// loses packets up to the next key frame. HTTP worker, but for its construction.
class TsBody final : public HttpBody {
public:
    static constexpr auto kName = "http.ts";
    static constexpr auto kTracks = media::PacketTee::Tracks::PicturesAndSound;
    static constexpr std::size_t kQueue = 100;            ///< packets, 5 s at 20 frames/s
    static constexpr qsizetype kEnough = 256 << 10;       ///< bytes after which read() stops collecting

    explicit TsBody(media::PacketReaderPtr reader) : m_reader(std::move(reader)) {}

    QByteArray contentType() const override { return "video/mp2t"; }
    QByteArray read() override;
    bool atEnd() const override { return m_failed || m_reader->ended(); }
    void onReadable(std::function<void()> notify) override { m_reader->onReadable(std::move(notify)); }

private:
    bool openMuxer();

    media::PacketReaderPtr m_reader;
    std::unique_ptr<media::Muxer> m_muxer;
    media::StreamInfo m_info; ///< as the muxer was made
    QByteArray m_out;
    bool m_failed = false; ///< the stream cannot go on in this container
};

} // namespace vedette::agent
