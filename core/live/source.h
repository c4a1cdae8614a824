// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/media/packet_source.h"

#include <QString>

#include <memory>
#include <stop_token>

namespace vedette::live {

struct SourceTimeouts {
    milliseconds open{5000};
    milliseconds read{5000};
};

/// Opens the stream with what gives its pictures out soonest: our RTSP receiver for H.264 and H.265 over RTSP, the access
/// unit receiver for an agent's .au, our own for Motion JPEG and for single pictures by HTTP, libavformat for everything
/// else (files, other codecs, HTTP, RTMP, SRT). Kinds as Demuxer::open says. Blocks; Cancelled when stop is requested.
Result<std::unique_ptr<media::PacketSource>> openSource(const QString &url, SourceTimeouts timeouts, std::stop_token stop);

} // namespace vedette::live
