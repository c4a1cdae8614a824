// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/frame.h"
#include "core/media/packet.h"

#include <memory>
#include <vector>

namespace vedette::media {

struct EncoderConfig {
    int width = 0;
    int height = 0;
    double framerate = 25;
    int bitrateKbps = 2000;
    int keyFrameInterval = 0;          ///< frames; 0: one second
    QString preset = QStringLiteral("veryfast"); ///< libx264's names
    QString profile;                   ///< "baseline", "main" or "high": no more than that; empty: libx264's choice
    int threads = 0;                   ///< 0: libx264's choice for zero latency, capped at 2
};

/// H.264 by libx264, tuned for zero latency: one picture in, its access unit out. No thread of its
/// own policy, no B-frames, parameter sets in band before each key frame. Thread-bound to its user.
class Encoder {
public:
    /// InvalidInput names the value; Unsupported when libx264 is missing.
    static Result<std::unique_ptr<Encoder>> create(const EncoderConfig &config);
    ~Encoder();

    const StreamInfo &info() const;
    /// From the next picture on, without a new encoder and so without a key frame; InvalidInput names the value.
    Status setBitrate(int kbps);
    /// The frame may have any format and size: it is converted when it differs. forceKey makes it an IDR picture.
    Result<std::vector<PacketPtr>> encode(const Frame &frame, bool forceKey);

private:
    Encoder();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
