// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/byte_source.h"
#include "core/media/packet.h"

#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::media {

/// Reads the pictures of a recorded file, and the AAC beside them, from any moment on: fragmented MP4, also while it grows
/// or where it was cut off, with few reads (FragmentDemuxer); everything else by libavformat (ContainerDemuxer). Damage is
/// gone around. Packets as packet.h says, times those of the file, no capture stamp. Blocking; thread-bound. After an
/// error, Cancelled included, seek() begins anew.
class SegmentDemuxer {
public:
    /// name: of the file or address, for errors, without credentials. Corrupt where it is empty, cut off before its index or
    /// no video at all, Unsupported for a codec that is not known; errors of the ByteSource.
    static Result<std::unique_ptr<SegmentDemuxer>> open(std::unique_ptr<ByteSource> bytes, const QString &name, std::stop_token stop);
    virtual ~SegmentDemuxer() = default;

    /// Known after open(); size and parameter sets follow the key frames.
    virtual const StreamInfo &info() const = 0;
    /// Pictures in decoding order, sound near them. NotFound "end of file"; of a growing file more may come later.
    virtual Result<PacketPtr> read(std::stop_token stop) = 0;
    /// The next picture that read() gives is the newest key frame shown at or before that time of the file, the first one
    /// where none is.
    virtual Status seek(microseconds pts, std::stop_token stop) = 0;
    /// Time of the first picture that is meant to be shown; earlier ones only lead to it.
    virtual microseconds start() const = 0;
    /// Places that could not be read and were gone around.
    virtual std::uint64_t damaged() const = 0;
};

} // namespace vedette::media
