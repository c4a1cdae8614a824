// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/frame.h"
#include "core/media/hardware_devices.h"
#include "core/media/packet.h"

#include <memory>
#include <vector>

namespace vedette::media {

/// Decodes any video codec that FFmpeg knows. Thread-bound to its user, without policy; with one
/// thread it adds no delay. Broken data is never fatal: it is counted and the next picture goes on. Hardware that does
/// not open, or fails later, gives way to software, at the latest at the next key frame; pictures are always in memory.
class Decoder {
public:
    struct Options {
        int threads = 1;
        bool lowDelay = true;
        std::shared_ptr<HardwareDevices> hardware; ///< null: software only
    };
    static Result<std::unique_ptr<Decoder>> create(const StreamInfo &info, Options options);
    static Result<std::unique_ptr<Decoder>> create(const StreamInfo &info) { return create(info, Options{}); }
    ~Decoder();

    /// Frames in presentation order with their packet's capture stamp, pts and arrival. Corrupt when this packet
    /// could not be used at all (the decoder stays usable). Frames decoded from broken references are withheld
    /// until the next key frame, so nobody sees a smeared picture.
    Result<std::vector<Frame>> decode(const PacketPtr &packet);
    /// What is still inside, at the end of a file.
    std::vector<Frame> flush();
    void reset();
    std::uint64_t errors() const;
    /// What decodes, and why no hardware: "h264 vaapi", "h264 software: no device of cuda, vaapi".
    QString description() const;

private:
    Decoder();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
