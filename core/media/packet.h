// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/base/clock.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace vedette::media {

enum class Codec : std::uint8_t { Unknown, H264, H265, Mjpeg, Aac, Other }; ///< Aac: raw access units (no ADTS)
const char *toString(Codec codec); ///< "h264", "h265", "mjpeg", "aac", ""

using Bytes = std::vector<std::uint8_t>;

/// What a decoder or muxer must know before the first packet.
struct StreamInfo {
    Codec codec = Codec::Unknown;
    int width = 0;           ///< pixels; 0 while unknown
    int height = 0;
    double framerate = 0;    ///< announced, frames per second; 0 while unknown
    Bytes parameterSets;     ///< Annex B (H.264: SPS and PPS; H.265: VPS, SPS, PPS); empty when only in band
    int nativeCodec = 0;     ///< AVCodecID, for codecs that Codec does not name; 0 otherwise
    Bytes nativeExtradata;   ///< goes with nativeCodec
};

/// One encoded access unit, the thing that flows. H.264 and H.265 are Annex B (start codes), with
/// parameter sets in band before each key frame. Immutable once shared: pass PacketPtr.
struct Packet {
    Bytes data;
    Codec codec = Codec::Unknown;
    bool key = false;
    microseconds pts{0};             ///< presentation, monotonic of this source, any origin
    microseconds dts{0};             ///< decoding order, rising; not above pts once a reordered stream is known
    std::optional<CaptureStamp> capture;
    MonoTime firstByte{};            ///< when its first byte was in this process; MonoTime{} where a receiver cannot tell
    MonoTime arrival{};              ///< when the whole unit was
};
using PacketPtr = std::shared_ptr<const Packet>;

} // namespace vedette::media
