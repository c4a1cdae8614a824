// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/segment_writer.h"

#include "core/media/sps.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace vedette::agent {

namespace {

constexpr int kMostAlike = 100; // segments that begin in one second of one run

} // namespace

CaptureStamp stampOf(const media::Packet &picture)
{
    if (picture.capture)
        return *picture.capture;
    CaptureStamp stamp;
    stamp.captured = UtcTime{picture.arrival.time_since_epoch()};
    stamp.known = false;
    return stamp;
}

DiskResult<std::unique_ptr<SegmentWriter>> SegmentWriter::open(const SegmentPlace &place, const RecordingLane &lane, const media::StreamInfo &info,
                                                               const media::Packet &first, int number)
{
    std::unique_ptr<SegmentWriter> writer(new SegmentWriter);
    const CaptureStamp stamp = stampOf(first);
    RecordedSegment &segment = writer->m_segment;
    segment.name = {lane.camera, lane.stream, std::nullopt, stamp.run, number, false};
    if (stamp.known) {
        segment.name.start = std::chrono::floor<std::chrono::seconds>(stamp.captured);
        segment.name.number = 0;
    }
    auto file = SegmentFile::create(place.disk, place.clock, place.folder, segment.name.path());
    while (!file && file.error().number == EEXIST && stamp.known && segment.name.number < kMostAlike) {
        segment.name.number += std::exchange(segment.name.taken, true) ? 1 : 0;
        file = SegmentFile::create(place.disk, place.clock, place.folder, segment.name.path());
    }
    if (!file)
        return tl::unexpected(file.error());
    writer->m_file = std::move(*file);
    auto muxer = media::SegmentMuxer::open(info, [self = writer.get()](std::span<const std::uint8_t> bytes) {
        const auto written = self->m_file->write(bytes);
        if (!written)
            self->m_failure = written.error();
        else
            self->m_hasher.add(bytes);
        return written ? Status() : Status(fail(written.error().error()));
    });
    if (!muxer)
        return tl::unexpected(DiskError{EINVAL, muxer.error().text()});
    writer->m_muxer = std::move(*muxer);
    const auto sequence = media::readSequence(first.codec, first.data);
    segment.from = segment.to = writer->m_newest = writer->m_before = stamp.captured;
    segment.codec = info.codec;
    segment.width = sequence ? sequence->width : info.width;
    segment.height = sequence ? sequence->height : info.height;
    segment.sound = writer->m_muxer->hasSound();
    writer->m_run = stamp.run;
    return writer;
}

DiskResult<void> SegmentWriter::tell(const Status &status)
{
    if (status)
        return {};
    return tl::unexpected(m_failure.value_or(DiskError{EINVAL, status.error().text()}));
}

DiskResult<void> SegmentWriter::write(const media::PacketPtr &packet)
{
    const Status written = m_muxer->write(packet);
    if (written && !media::isSound(packet->codec)) {
        if (const UtcTime captured = stampOf(*packet).captured; captured > m_newest)
            m_before = std::exchange(m_newest, captured);
    }
    return tell(written);
}

DiskResult<void> SegmentWriter::flush()
{
    const Status flushed = m_muxer->flushFragment();
    if (!flushed)
        return tell(flushed);
    m_segment.bytes = m_file->bytes();
    m_segment.frames = m_muxer->frames();
    if (m_segment.frames > 0)
        m_segment.to = m_newest; // the fragments' end is where the held picture begins
    return {};
}

DiskResult<void> SegmentWriter::finish(std::optional<UtcTime> next)
{
    if (const auto finished = tell(m_muxer->finish()); !finished)
        return finished;
    if (const auto closed = m_file->close(); !closed)
        return closed;
    m_segment.bytes = m_file->bytes();
    m_segment.frames = m_muxer->frames();
    m_segment.to = next.value_or(m_newest + (m_newest - m_before));
    m_segment.hashes = std::make_shared<const evidence::SegmentHashes>(m_hasher.finish());
    return {};
}

} // namespace vedette::agent
