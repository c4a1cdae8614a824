// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/access_unit_splitter.h"
#include "edge-agent/capture/child_process.h"
#include "edge-agent/capture/packet_stamper.h"
#include "edge-agent/capture/picture_rate.h"
#include "edge-agent/capture/source_factory.h"

namespace vedette::agent {

/// A Raspberry Pi's camera by the program rpicam-vid (libcamera-vid before 2024), which encodes H.264 onto a pipe. Its
/// packets come out as they are. The pipe carries no times and rpicam-vid's own files of them do not exist on a Pi 5
/// (--save-pts is refused, --metadata never written, for what libav encodes): captured is the time of arrival, with
/// ArrivalClock's allowance; source libcamera has the sensor's time.
class RpicamSource final : public media::PacketSource {
public:
    static constexpr milliseconds kHelp{5'000};          ///< for --help; a Pi Zero that swaps takes 2 s
    static constexpr milliseconds kFirstPicture{10'000}; ///< a camera that starts takes 1 to 3 s
    static constexpr milliseconds kSilence{10'000};      ///< longer than supervision waits
    static constexpr milliseconds kPause{8};             ///< after which a picture is complete: it is written at once

    /// Starts the program and waits for its first picture. The error is one sentence that says what is wrong and holds
    /// the program's own words.
    static Result<std::unique_ptr<RpicamSource>> open(const settings::CameraSettings &settings, const SourceContext &context,
                                                      const std::stop_token &stop);

    const media::StreamInfo &info() const override { return m_info; }
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    RpicamSource(const settings::CameraSettings &settings, std::unique_ptr<ChildProcess> child, const SourceContext &context);
    Result<media::AccessUnitSplitter::Unit> nextUnit(milliseconds limit, const std::stop_token &stop);
    Result<media::PacketPtr> nextPacket(milliseconds limit, const std::stop_token &stop);
    void noteTorn();

    const std::unique_ptr<ChildProcess> m_child;
    const SourceContext m_context;
    media::StreamInfo m_info;
    media::AccessUnitSplitter m_splitter;
    std::vector<std::uint8_t> m_buffer;
    PacketStamper m_stamper;
    PictureRate m_rate;
    media::PacketPtr m_first;       ///< read while it was opened
    std::uint64_t m_torn = 0;
    bool m_waitForKey = false;
};

/// rpicam-vid, else libcamera-vid, on PATH; NotFound names the package.
Result<QString> findRpicam();

} // namespace vedette::agent
