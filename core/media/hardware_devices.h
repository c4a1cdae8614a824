// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

#include <map>
#include <memory>
#include <mutex>

struct AVBufferRef;
struct AVCodec;
struct AVFrame;

namespace vedette::media {

/// A device that decodes. Value type; the context is shared.
struct HardwareDevice {
    QString name;                         ///< as FFmpeg calls the kind: "vaapi"
    int format = -1;                      ///< AVPixelFormat of its pictures, whose samples are not in memory
    std::shared_ptr<AVBufferRef> context; ///< null: it needs none
};

/// The devices of this machine that decode video. Each kind (VAAPI, CUDA, VDPAU, DRM …) is opened once, by the first
/// decoder that could use it, on that decoder's thread; the outcome is kept. Shared by all decoders; thread-safe.
/// Only what FFmpeg's own decoders list: wrappers such as h264_v4l2m2m (Raspberry Pi) are left out, because they hold
/// pictures back (github.com/raspberrypi/firmware/issues/533, github.com/jc-kynesim/rpi-ffmpeg/pull/25).
class HardwareDevices {
public:
    HardwareDevices() = default;
    virtual ~HardwareDevices() = default;
    HardwareDevices(const HardwareDevices &) = delete;
    HardwareDevices &operator=(const HardwareDevices &) = delete;

    /// The first that opens of those that decode this codec; Unsupported with all that were tried.
    virtual Result<HardwareDevice> deviceFor(const AVCodec &codec);
    /// Copies a picture of the device with its properties into memory.
    virtual Status download(AVFrame &memory, const AVFrame &picture);

private:
    std::mutex m_mutex; // guards m_opened
    std::map<int, std::shared_ptr<AVBufferRef>> m_opened; ///< by AVHWDeviceType; null: cannot be opened
};

} // namespace vedette::media
