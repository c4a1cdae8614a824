// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet_source.h"

#include <QString>

#include <memory>

namespace vedette::media {

/// Reads the video, and the sound beside it where that is asked for, of any file or URL that libavformat opens: files, RTSP(S), HTTP (MPEG-TS, MP4, MJPEG), RTMP,
/// SRT. A PacketSource without policy: no retry, no pacing. Every blocking call ends within its limit or at stop
/// (asked every 100 ms), except the system's lookup of a host name. Packets carry no capture stamp: who knows the
/// SEI finds it. info() learns size and parameter sets from key frames. Thread-bound.
class Demuxer final : public PacketSource {
public:
    struct Options {
        milliseconds openTimeout{5000};
        milliseconds readTimeout{5000};   ///< no byte for so long: Timeout
        bool live = true;                 ///< open fast and do not buffer; false: files, analyse fully
        bool rtspTcp = true;
        /// Our own MPEG-TS carries whole access units: no parser, no wait for the next picture. RTSP always waits for
        /// it: libavformat hides the mark that ends a picture (one frame interval).
        bool wholeAccessUnits = false;
        bool audio = false;               ///< read() gives the sound, too; all times are those of the container
    };

    /// url may hold credentials; they never appear in an Error. Kinds: NotFound (404, missing file), Denied (401,
    /// 403), Timeout, Unavailable (refused, unreachable, reset), Corrupt (not a media stream, such as an HTML page),
    /// Unsupported (no video in it), Cancelled.
    static Result<std::unique_ptr<Demuxer>> open(const QString &url, Options options, std::stop_token stop);
    ~Demuxer() override;

    const StreamInfo &info() const override;
    /// Packets of the video stream in Annex B, and of the sound where it was asked for. NotFound with "end of file" when a file has ended.
    Result<PacketPtr> read(std::stop_token stop) override;
    /// Back to the first packet of a file; Unsupported for live streams.
    Status rewind();
    /// Audio found beside the video (name of codec) or empty.
    QString audioCodec() const;

private:
    Demuxer();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
