// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/file_source.h"

#include "core/base/wait.h"

#include "edge-agent/capture/source_error.h"

#include <QFileInfo>

#include <cmath>

namespace vedette::agent {
namespace {

constexpr microseconds kLongestStep{5'000'000}; // a longer one between two pictures is a broken timestamp
constexpr microseconds kMaxLate{1'000'000};     // further behind it is not caught up: the machine slept or is too slow
constexpr double kDefaultRate = 25;

Result<std::unique_ptr<media::Demuxer>> openFile(const QString &path, std::stop_token stop)
{
    if (const QFileInfo info(path); info.exists() && !info.isFile()) // a pipe would hold this thread until somebody writes
        return fail(ErrorKind::InvalidInput, QStringLiteral("The video file %1 cannot be played: it is no regular file").arg(path));
    media::Demuxer::Options options;
    options.live = false;
    auto demuxer = media::Demuxer::open(path, options, std::move(stop));
    if (!demuxer)
        return fail(withoutName(demuxer.error(), path).wrap(QStringLiteral("The video file %1 cannot be played").arg(path)));
    return demuxer;
}

} // namespace

Result<std::unique_ptr<FileSource>> FileSource::open(const QString &path, const SourceContext &context, std::stop_token stop)
{
    auto demuxer = openFile(path, stop);
    if (!demuxer)
        return fail(demuxer.error());
    media::Decoder::Options decoding;
    decoding.lowDelay = false; // files reorder pictures
    auto decoder = media::Decoder::create((*demuxer)->info(), decoding);
    if (!decoder)
        return fail(decoder.error().wrap(QStringLiteral("The video file %1 cannot be decoded").arg(path)));
    std::unique_ptr<FileSource> source(new FileSource(path, std::move(*demuxer), std::move(*decoder), context));
    if (const auto filled = source->fillReady(stop); !filled)
        return fail(filled.error());
    return source;
}

FileSource::FileSource(const QString &path, std::unique_ptr<media::Demuxer> demuxer, std::unique_ptr<media::Decoder> decoder,
                       const SourceContext &context)
    : m_path(path), m_demuxer(std::move(demuxer)), m_decoder(std::move(decoder)), m_context(context)
{
    const double rate = m_demuxer->info().framerate;
    m_interval = microseconds{std::llround(1e6 / (rate > 0.1 && rate <= 240 ? rate : kDefaultRate))};
}

Status FileSource::fillReady(std::stop_token stop)
{
    while (m_ready.empty()) {
        if (m_atEnd) {
            if (const auto again = startOver(stop); !again)
                return again;
        }
        auto packet = m_demuxer->read(stop);
        if (!packet && packet.error().kind == ErrorKind::Cancelled)
            return fail(packet.error());
        std::vector<media::Frame> frames;
        if (!packet) {
            m_atEnd = true; // the end, or where the file is cut
            frames = m_decoder->flush();
        } else if (auto decoded = m_decoder->decode(*packet)) {
            frames = std::move(*decoded);
        }
        m_framesThisTime += frames.size();
        m_ready.insert(m_ready.end(), frames.begin(), frames.end());
    }
    return {};
}

Status FileSource::startOver(std::stop_token stop)
{
    // Not every file can be sought to its beginning: then it is opened again.
    const bool barren = m_framesThisTime == 0;
    if (barren && m_reopened)
        return fail(ErrorKind::Corrupt, QStringLiteral("No picture in the video file %1 can be decoded.").arg(m_path));
    m_reopened = barren || !m_demuxer->rewind();
    if (m_reopened) {
        auto demuxer = openFile(m_path, std::move(stop));
        if (!demuxer)
            return fail(demuxer.error());
        m_demuxer = std::move(*demuxer);
    }
    m_decoder->reset();
    m_framesThisTime = 0;
    m_atEnd = false;
    m_lastPts.reset();
    return {};
}

MonoTime FileSource::dueTime(const media::Frame &frame)
{
    const MonoTime now = m_context.clock.now();
    microseconds step = m_lastPts ? frame.pts - *m_lastPts : m_interval;
    if (step <= microseconds{0} || step > kLongestStep)
        step = m_interval;
    m_lastPts = frame.pts;
    m_due = m_due ? *m_due + step : now;
    if (now - *m_due > kMaxLate)
        m_due = now;
    return *m_due;
}

Result<media::Frame> FileSource::read(std::stop_token stop)
{
    // The next picture is decoded before it is due, so that decoding is not part of its age.
    if (const auto filled = fillReady(stop); !filled)
        return fail(filled.error());
    media::Frame frame = std::move(m_ready.front());
    m_ready.pop_front();
    const MonoTime due = dueTime(frame);
    if (!waitUntil(m_context.clock, due, stop))
        return fail(ErrorKind::Cancelled, QStringLiteral("The video file %1 was stopped.").arg(m_path));
    frame.captured = m_context.clock.now();
    frame.capture = m_context.stamp(frame.captured, std::nullopt);
    frame.pts = microseconds{toMicros(due)};
    return frame;
}

} // namespace vedette::agent
