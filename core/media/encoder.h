// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/frame.h"
#include "core/media/packet.h"

#include <memory>
#include <vector>

namespace vedette::media {

/// What EncoderConfig::codec may name.
inline constexpr auto kSoftwareEncoder = "libx264";
inline constexpr auto kHardwareEncoder = "h264_v4l2m2m"; ///< of a Raspberry Pi up to 4, by the kernel's V4L2

struct EncoderConfig {
    QString codec = QString::fromLatin1(kSoftwareEncoder);
    int width = 0;
    int height = 0;
    double framerate = 25;
    int bitrateKbps = 2000;
    int keyFrameInterval = 0;          ///< frames; 0: one second
    QString preset = QStringLiteral("veryfast"); ///< libx264's names; others have none
    QString profile;                   ///< "baseline", "main" or "high": no more than that; empty: libx264's choice
    int threads = 0;                   ///< 0: libx264's choice for zero latency, capped at 2
};

/// The seam below which an encoder's hardware is: pictures in, access units out, perhaps later ones first. Thread-bound.
class FrameEncoder {
public:
    virtual ~FrameEncoder() = default;
    virtual const StreamInfo &info() const = 0;
    /// From the next picture on, without a new encoder and so without a key frame where the codec can; InvalidInput names the value.
    virtual Status setBitrate(int kbps) = 0;
    /// The frame may have any format and size: it is converted when it differs. forceKey makes it an IDR picture.
    virtual Result<std::vector<PacketPtr>> encode(const Frame &frame, bool forceKey) = 0;
};

/// H.264 by libavcodec. libx264 is tuned for zero latency: one picture in, its access unit out; hardware may be some pictures
/// behind. No thread of its own policy, no B-frames, parameter sets in band before each key frame. Thread-bound to its user.
class Encoder final : public FrameEncoder {
public:
    static constexpr std::size_t kMostBehind = 60; ///< pictures that were taken and not given: then encode() fails

    /// InvalidInput names the value; Unsupported when the codec is missing or does not open.
    static Result<std::unique_ptr<Encoder>> create(const EncoderConfig &config);
    ~Encoder() override;

    /// Hardware may tell its parameter sets only with the first key frame.
    const StreamInfo &info() const override;
    Status setBitrate(int kbps) override;
    Result<std::vector<PacketPtr>> encode(const Frame &frame, bool forceKey) override;

private:
    Encoder();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
