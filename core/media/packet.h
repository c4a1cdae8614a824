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

/// Pictures first, then sound. Aac: raw access units (no ADTS). Pcm16: big-endian. Other and OtherSound: by nativeCodec.
enum class Codec : std::uint8_t { Unknown, H264, H265, Mjpeg, Other, Aac, Pcmu, Pcma, Pcm16, G722, Opus, MpegAudio, OtherSound };
const char *toString(Codec codec); ///< "h264", "h265", "mjpeg", "aac" …; "" for Unknown, Other and OtherSound
inline bool isSound(Codec codec) { return codec >= Codec::Aac; }

using Bytes = std::vector<std::uint8_t>;

/// The sound of a stream, for whoever decodes or muxes it.
struct AudioInfo {
    Codec codec = Codec::Aac;
    std::uint32_t sampleRate = 0; ///< Hz
    int channels = 0;
    Bytes config;            ///< of Aac the AudioSpecificConfig (ISO 14496-3, 1.6.2.1); of OtherSound what its decoder wants
    int nativeCodec = 0;     ///< AVCodecID of OtherSound; 0 otherwise
    bool operator==(const AudioInfo &) const = default;
};

/// What a decoder or muxer must know before the first packet. All but audio is of the pictures.
struct StreamInfo {
    Codec codec = Codec::Unknown;
    int width = 0;           ///< pixels; 0 while unknown
    int height = 0;
    double framerate = 0;    ///< announced, frames per second; 0 while unknown
    Bytes parameterSets;     ///< Annex B (H.264: SPS and PPS; H.265: VPS, SPS, PPS); empty when only in band
    int nativeCodec = 0;     ///< AVCodecID, for codecs that Codec does not name; 0 otherwise
    Bytes nativeExtradata;   ///< goes with nativeCodec
    std::optional<AudioInfo> audio; ///< empty: no sound beside the pictures
};

/// One encoded access unit, the thing that flows. H.264 and H.265 are Annex B (start codes), with
/// parameter sets in band before each key frame; each unit of sound stands for itself (key). Immutable once shared: pass PacketPtr.
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
