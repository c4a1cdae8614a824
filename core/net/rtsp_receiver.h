// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/media/packet_source.h"

#include <QString>

#include <memory>
#include <optional>
#include <stop_token>

namespace vedette::net {

/// What a receiver knows of its network; of the video, not the sound.
struct RtspStats {
    std::uint64_t packets = 0;
    std::uint64_t lost = 0;
    std::uint64_t late = 0;          ///< by UDP: came twice or after their hole was given up
    std::uint64_t droppedUnits = 0;
    double jitterMs = 0;
    bool udp = false;
};

/// Plays the video of an RTSP 1.0 server (RFC 2326): over TCP or TLS, interleaved, or over UDP. Gives an access unit out at
/// its marker bit; libavformat's demuxer waits for the next one. Keeps the session alive, answers sender reports, says loss
/// and jitter. No thread and no retry of its own: read() does all, on its user's Worker.
class RtspReceiver final : public media::PacketSource {
public:
    enum class Transport : std::uint8_t { Auto, Tcp, Udp }; ///< Auto: TCP, or UDP where the server refuses TCP

    struct Options {
        milliseconds openTimeout{5000};   ///< each of connect, DESCRIBE, SETUP, PLAY; MediaMTX delays a refusal by up to 4 s
        milliseconds readTimeout{5000};
        QString caFile;                   ///< who vouches for the server (PEM); empty: the system's store. Nobody else is trusted
        Transport transport = Transport::Auto;
        bool audio = false;               ///< read() gives the sound, too, in the order of arrival
    };

    /// url: rtsp:// or rtsps://, may hold credentials, which appear in no error, and "transport=udp" or "transport=tcp" in
    /// its query, which rules over the option and is not sent. Kinds: InvalidInput, Denied (401, 403, a certificate),
    /// NotFound (404, and 400, with which MediaMTX answers for a path that is not configured), Unavailable, Timeout,
    /// Corrupt, Unsupported.
    static Result<std::unique_ptr<RtspReceiver>> open(const QString &url, const Options &options, std::stop_token stop);
    ~RtspReceiver() override;

    /// audio: only where it was asked for and the server gives it.
    const media::StreamInfo &info() const override;
    /// What sound the server offers that can be read (sdp.h), asked for or not.
    const std::optional<media::AudioInfo> &audio() const;
    /// Why there is no sound although it was asked for; empty when there is.
    QString whyNoAudio() const;
    /// Times of the sound are on the time line of the video (TrackAlignment).
    Result<media::PacketPtr> read(std::stop_token stop) override;
    std::uint64_t lost() const override;
    RtspStats stats() const;
    /// The sender's wall clock at this packet, from its RTCP sender reports; empty before the first.
    std::optional<UtcTime> senderTime(const media::Packet &packet) const;

private:
    RtspReceiver();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
