// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/thumbnail.h"

#include "core/media/decoder.h"
#include "core/media/file_bytes.h"
#include "core/media/jpeg_encoder.h"
#include "core/protocol/capture_jpeg.h"
#include "core/protocol/manifest.h"
#include "core/recordings/file_segment_reader.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>

namespace vedette::recordings {
namespace {

constexpr int kQuality = 80; // no visible blocks at half the size of 95

constexpr qint64 kMostManifest = 16 << 20; // bytes

/// What the manifest beside it says of the pictures' times; nothing where there is none that reads.
QList<protocol::ClockRun> clockRunsBeside(const QString &media)
{
    const QFileInfo info(media);
    QFile file(info.path() + u'/' + info.completeBaseName() + QStringLiteral(".json"));
    if (file.size() > kMostManifest || !file.open(QIODevice::ReadOnly))
        return {};
    const auto manifest = protocol::parseManifest(file.readAll());
    return manifest ? manifest->clockRuns : QList<protocol::ClockRun>();
}

class Search {
public:
    Search(const ThumbnailRequest &request, SegmentReader &reader, const Clock &clock) : m_request(request), m_reader(reader), m_clock(clock) {}

    Result<media::Frame> run(std::stop_token stop)
    {
        if (const Status sought = m_reader.seek(m_request.at.value_or(m_request.from), stop); !sought)
            return fail(sought.error());
        auto decoder = media::Decoder::create(m_reader.info());
        if (!decoder)
            return fail(decoder.error());
        while (!m_over) {
            if (m_clock.now() > m_request.deadline)
                return fail(ErrorKind::Timeout, QStringLiteral("the picture was not decoded in time"));
            const auto packet = m_reader.read(stop);
            if (!packet && packet.error().kind != ErrorKind::NotFound)
                return fail(packet.error());
            if (!packet) {
                take((*decoder)->flush());
                break;
            }
            if (media::isSound((*packet)->codec))
                continue;
            if (auto frames = (*decoder)->decode(*packet)) // a damaged one leaves the one before
                take(std::move(*frames));
        }
        if (!m_best)
            return fail(ErrorKind::NotFound, QStringLiteral("there is no picture that can be shown"));
        return std::move(*m_best);
    }

private:
    /// In the order in which they are shown.
    void take(std::vector<media::Frame> frames)
    {
        for (media::Frame &frame : frames) {
            const bool late = m_request.at && frame.capture && frame.capture->captured > *m_request.at;
            m_over = m_over || late || !m_request.at;
            if (!m_best || !late)
                m_best = std::move(frame);
            if (m_over)
                return;
        }
    }

    const ThumbnailRequest &m_request;
    SegmentReader &m_reader;
    const Clock &m_clock;
    std::optional<media::Frame> m_best;
    bool m_over = false;
};

} // namespace

Result<Thumbnail> makeThumbnail(const ThumbnailRequest &request, const Clock &clock, std::stop_token stop)
{
    auto bytes = media::FileBytes::open(request.file);
    if (!bytes)
        return fail(bytes.error());
    SegmentClaim claim;
    claim.name = QFileInfo(request.file).fileName();
    claim.from = request.from;
    claim.known = request.known;
    claim.clockRuns = clockRunsBeside(request.file);
    auto reader = FileSegmentReader::open(std::move(*bytes), std::move(claim), stop);
    if (!reader)
        return fail(reader.error());
    const auto frame = Search(request, **reader, clock).run(stop);
    if (!frame)
        return fail(frame.error());
    const int width = std::clamp(request.width, 16, std::max(16, frame->width));
    const int height = std::max(2, (frame->height * width / std::max(1, frame->width)) / 2 * 2);
    auto jpeg = media::JpegEncoder().encode(*frame, width / 2 * 2, height, kQuality);
    if (!jpeg)
        return fail(jpeg.error());
    Thumbnail thumbnail{std::move(*jpeg), frame->capture.value_or(CaptureStamp{})};
    if (frame->capture)
        protocol::insertJpegCapture(thumbnail.jpeg, thumbnail.capture);
    return thumbnail;
}

} // namespace vedette::recordings
