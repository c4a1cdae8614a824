// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/packet.h"

#include <stop_token>

namespace vedette::recordings {

/// Reads one recorded piece of one lane from any moment on. Every picture's capture stamp is set: from its own SEI (as the
/// run's clock was corrected later), else from the time that its source claims for the piece. Blocking; thread-bound to
/// its user, a Worker. Originals are never touched.
class SegmentReader {
public:
    virtual ~SegmentReader() = default;

    virtual const media::StreamInfo &info() const = 0;
    /// What is wrong with the piece though it plays ("the manifest says 14:15:00, the pictures say 14:16:03"); empty: nothing.
    virtual QString remark() const { return {}; }
    /// The next picture that read() gives is the newest key frame captured at or before at; the first one where none is.
    /// Pictures that are decoded behind it and shown before it (leading ones of an open GOP) are left out.
    virtual Status seek(UtcTime at, std::stop_token stop) = 0;
    /// Pictures in decoding order, and sound beside them where there is some (packet.codec tells). Damage is skipped up to
    /// the next key frame. NotFound "end of file" at the end; of a piece that still grows more may follow later. Cancelled
    /// on stop; Unavailable and Timeout: another source may go on.
    virtual Result<media::PacketPtr> read(std::stop_token stop) = 0;
};

} // namespace vedette::recordings
