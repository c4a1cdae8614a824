// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/thumbnailer.h"

#include "app/recordings/timeline_widget.h"
#include "core/media/decoder.h"
#include "core/media/scaler.h"
#include "core/recordings/library.h"
#include "core/review/camera_lane.h"

namespace vedette::app {

namespace {

constexpr int kMostPackets = 60; // from a key frame to the first picture that comes out

Result<QImage> scaledImage(const media::Frame &frame)
{
    const QSize size = QSize(frame.width, frame.height).scaled(Thumbnailer::kSize * 2, Qt::KeepAspectRatio).boundedTo({frame.width, frame.height});
    QImage image(size, QImage::Format_RGB32);
    media::Scaler scaler;
    if (const Status status = scaler.toBgrx(frame, image.bits(), int(image.bytesPerLine()), size.width(), size.height()); !status)
        return fail(status.error());
    return image;
}

Result<QImage> pictureOf(const recordings::Copy &copy, const protocol::RecordingLane &lane, UtcTime at, const std::stop_token &stop)
{
    auto reader = copy.source->open(lane, copy.piece, stop);
    if (!reader)
        return fail(reader.error());
    if (const Status status = (*reader)->seek(at, stop); !status)
        return fail(status.error());
    std::unique_ptr<media::Decoder> decoder;
    for (int i = 0; i < kMostPackets; ++i) {
        const auto packet = (*reader)->read(stop);
        if (!packet && packet.error().kind != ErrorKind::NotFound)
            return fail(packet.error());
        if (!decoder) {
            auto made = media::Decoder::create((*reader)->info());
            if (!made)
                return fail(made.error());
            decoder = std::move(*made);
        }
        if (packet && media::isSound((*packet)->codec))
            continue;
        std::vector<media::Frame> frames;
        if (packet) {
            if (auto decoded = decoder->decode(*packet))
                frames = std::move(*decoded);
        } else {
            frames = decoder->flush();
        }
        if (!frames.empty())
            return scaledImage(frames.front());
        if (!packet)
            break;
    }
    return fail(ErrorKind::Corrupt, QStringLiteral("no picture can be decoded here"));
}

Result<QImage> answer(const recordings::Library &library, const protocol::RecordingLane &lane, UtcTime at, const std::stop_token &stop)
{
    const auto copies = library.copiesAt(lane, at, stop);
    if (!copies)
        return fail(copies.error());
    Error last{ErrorKind::NotFound, QStringLiteral("nothing is recorded here"), nullptr};
    for (const recordings::Copy &copy : *copies) {
        auto image = pictureOf(copy, lane, at, stop);
        if (image || image.error().kind == ErrorKind::Cancelled)
            return image;
        last = image.error();
    }
    return fail(last);
}

} // namespace

Thumbnailer::Thumbnailer(const recordings::Library &library, QObject *parent)
    : QObject(parent), m_library(library), m_worker("thumbnail", [this](std::stop_token stop) { run(stop); })
{
}

Thumbnailer::~Thumbnailer()
{
    {
        std::lock_guard lock(m_mutex);
        m_current.request_stop();
    }
    m_worker.stop();
}

void Thumbnailer::ask(const protocol::RecordingLane &lane, UtcTime at)
{
    {
        std::lock_guard lock(m_mutex);
        m_question = Question{lane, at};
        m_current.request_stop();
    }
    m_wake.notify_one();
}

void Thumbnailer::serve(TimelineWidget &timeline)
{
    connect(&timeline, &TimelineWidget::thumbnailWanted, this, [this, &timeline](const QString &id, UtcTime at) {
        const review::ReviewModel &model = timeline.model();
        for (int i = 0; i < model.laneCount(); ++i) {
            const auto *lane = qobject_cast<const review::CameraLane *>(&model.lane(i));
            if (lane && lane->id() == id)
                ask(lane->lane(), at);
        }
    });
    connect(this, &Thumbnailer::ready, &timeline, [&timeline](const protocol::RecordingLane &lane, UtcTime at, const QImage &image, const QString &problem) {
        timeline.setThumbnail(review::CameraLane::idOf(lane), at, image, problem);
    });
}

void Thumbnailer::run(const std::stop_token &stop)
{
    while (!stop.stop_requested()) {
        Question question;
        std::stop_source current;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_question.has_value(); }))
                return;
            question = *std::exchange(m_question, std::nullopt);
            m_current = current;
        }
        // The window's end stops the question, too.
        const std::stop_callback ended(stop, [&current] { current.request_stop(); });
        const auto image = answer(m_library, question.lane, question.at, current.get_token());
        if (!image && image.error().kind == ErrorKind::Cancelled)
            continue;
        QMetaObject::invokeMethod(this, [this, question, picture = image.value_or(QImage()), problem = image ? QString() : image.error().text()] {
            Q_EMIT ready(question.lane, question.at, picture, problem);
        }, Qt::QueuedConnection);
    }
}

} // namespace vedette::app
