// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/frame_source.h"
#include "core/media/packet_source.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/capture/capture_clock.h"
#include "edge-agent/capture/source_controls.h"
#include "edge-agent/capture/test_faults.h"

#include <functional>
#include <memory>

namespace vedette::agent {

class V4l2System;

/// Where a source's sound goes, called on the capture thread; empty functions: nobody wants it.
struct SoundSink {
    /// What follows is AAC of this kind; empty: there is none, and detail says why.
    std::function<void(const std::optional<media::AudioInfo> &audio, const QString &detail)> announce;
    std::function<void(media::PacketPtr)> write;
};

/// What every source needs; outlives it.
struct SourceContext {
    const Clock &clock;
    /// Names a picture captured then, see CaptureClock::stamp().
    std::function<CaptureStamp(MonoTime captured, std::optional<PictureRank> rank)> stamp;
    TestFaults *faults = nullptr; ///< for source test; null: none
    V4l2System *v4l2 = nullptr;   ///< for source v4l2; null: the kernel's
    SoundSink sound{};
    SourceControls *controls = nullptr; ///< for a camera that has them; null: those of the settings, for ever
};

/// An open source: one of the two is set. Pictures and packets come out with their capture stamp.
struct OpenSource {
    std::unique_ptr<media::FrameSource> frames;
    std::unique_ptr<media::PacketSource> packets;
};

/// Whether this source is a camera of the machine itself, which may be plugged in at any time and locks nobody out.
bool isLocalCamera(const QString &source);

/// The source of a machine of which nothing is said: a Raspberry Pi's camera, by libcamera where the build has it, else by
/// rpicam; the test picture elsewhere. modelFile: what the firmware calls the machine (Devicetree Specification, 2.3.2).
QString usualSource(const QString &modelFile = QStringLiteral("/proc/device-tree/model"));

/// Opens what the settings name as source. Blocks as long as the source takes to open; ends at stop. The error is one sentence
/// that names file, URL or device, never a password.
Result<OpenSource> openSource(const settings::CameraSettings &settings, const SourceContext &context, std::stop_token stop);

} // namespace vedette::agent
