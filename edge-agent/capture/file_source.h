// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/decoder.h"
#include "core/media/demuxer.h"
#include "edge-agent/capture/source_factory.h"

#include <QString>

#include <deque>

namespace vedette::agent {

/// A video file played over and over in real time, by its own timestamps on the monotonic clock. Broken places are
/// left out; a file cut short plays what it has.
class FileSource final : public media::FrameSource {
public:
    /// Decodes the first picture. Errors name the file.
    static Result<std::unique_ptr<FileSource>> open(const QString &path, const SourceContext &context, std::stop_token stop);

    Result<media::Frame> read(std::stop_token stop) override;
    int width() const override { return m_ready.empty() ? m_demuxer->info().width : m_ready.front().width; }
    int height() const override { return m_ready.empty() ? m_demuxer->info().height : m_ready.front().height; }
    double framerate() const override { return m_demuxer->info().framerate; }

private:
    FileSource(const QString &path, std::unique_ptr<media::Demuxer> demuxer, std::unique_ptr<media::Decoder> decoder,
               const SourceContext &context);
    Status fillReady(std::stop_token stop);
    Status startOver(std::stop_token stop);
    MonoTime dueTime(const media::Frame &frame);

    const QString m_path;
    std::unique_ptr<media::Demuxer> m_demuxer;
    std::unique_ptr<media::Decoder> m_decoder;
    const SourceContext m_context;
    std::deque<media::Frame> m_ready;
    std::uint64_t m_framesThisTime = 0; ///< since the file was begun again
    bool m_atEnd = false;
    bool m_reopened = false;            ///< this time was begun by opening, not by seeking
    microseconds m_interval;            ///< between two pictures, where timestamps do not say
    std::optional<microseconds> m_lastPts;
    std::optional<MonoTime> m_due;
};

} // namespace vedette::agent
