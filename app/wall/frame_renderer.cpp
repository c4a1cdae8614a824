// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/frame_renderer.h"

#include "core/base/logging.h"
#include "core/media/scaler.h"

#include <QLoggingCategory>

#include <array>
#include <optional>
#include <new>

namespace vedette::app {

namespace {

Q_LOGGING_CATEGORY(log, "vedette.live.render")

constexpr std::size_t kAlign = 128; // 32 pixels: media::Scaler then writes in place
constexpr int kMaxSide = 16'384;

/// An image over memory with the alignment and stride that the scaler likes best.
QImage alignedImage(QSize size)
{
    const std::size_t stride = (std::size_t(size.width()) * 4 + kAlign - 1) / kAlign * kAlign;
    void *memory = ::operator new(stride * std::size_t(size.height()), std::align_val_t{kAlign}, std::nothrow);
    if (!memory)
        return {};
    return QImage(static_cast<uchar *>(memory), size.width(), size.height(), qsizetype(stride), QImage::Format_RGB32,
                  [](void *p) { ::operator delete(p, std::align_val_t{kAlign}); }, memory);
}

/// One scaler and a few images a tile; an image that nobody else holds any more is used again.
class TileRenderer {
public:
    QImage render(const FrameRenderer::Request &request)
    {
        QImage *free = nullptr;
        for (QImage &image : m_images) {
            if (image.isNull() || image.isDetached()) {
                free = &image;
                break;
            }
        }
        if (!free)
            free = &m_images.front();
        if (free->size() != request.size || !free->isDetached())
            *free = alignedImage(request.size);
        if (free->isNull())
            return {};
        const Status status = m_scaler.toBgrx(request.frame, free->bits(), int(free->bytesPerLine()),
                                              request.size.width(), request.size.height());
        if (!status) {
            qCWarning(log).noquote() << request.tile << status.error().text();
            return {};
        }
        if (request.dimmed)
            dimPicture(*free);
        return *free;
    }

private:
    media::Scaler m_scaler;
    std::array<QImage, 3> m_images; // on screen, waiting, being written
};

} // namespace

void dimPicture(QImage &image)
{
    constexpr int kSaturation = 40, kBrightness = 48; // percent
    for (int y = 0; y < image.height(); ++y) {
        auto *pixel = reinterpret_cast<QRgb *>(image.scanLine(y));
        for (int x = 0; x < image.width(); ++x) {
            const int grey = qGray(pixel[x]);
            const auto channel = [grey](int value) {
                return (grey + (value - grey) * kSaturation / 100) * kBrightness / 100;
            };
            pixel[x] = qRgb(channel(qRed(pixel[x])), channel(qGreen(pixel[x])), channel(qBlue(pixel[x])));
        }
    }
}

FrameRenderer::FrameRenderer(QObject *parent)
    : QObject(parent), m_worker("wall-render", [this](std::stop_token stop) { run(stop); })
{
}

FrameRenderer::~FrameRenderer()
{
    m_worker.stop();
}

void FrameRenderer::request(Request request)
{
    if (request.frame.isNull() || request.size.isEmpty() || request.size.width() > kMaxSide
        || request.size.height() > kMaxSide)
        return;
    {
        std::lock_guard lock(m_mutex);
        const QString tile = request.tile;
        if (!m_pending.insert_or_assign(tile, std::move(request)).second)
            ++m_overwritten;
    }
    m_wake.notify_one();
}

void FrameRenderer::forget(const QString &tile)
{
    {
        std::lock_guard lock(m_mutex);
        m_pending.erase(tile);
        m_done.erase(tile);
        m_forgotten.push_back(tile);
    }
    m_wake.notify_one();
}

std::vector<FrameRenderer::Picture> FrameRenderer::take()
{
    std::vector<Picture> pictures;
    std::lock_guard lock(m_mutex);
    for (auto &[tile, picture] : m_done)
        pictures.push_back(std::move(picture));
    m_done.clear();
    return pictures;
}

std::uint64_t FrameRenderer::overwritten() const
{
    std::lock_guard lock(m_mutex);
    return m_overwritten;
}

void FrameRenderer::run(const std::stop_token &stop)
{
    std::map<QString, TileRenderer> tiles;
    QString last; // tiles take turns: under load all become slower, none stands still
    while (!stop.stop_requested()) {
        std::optional<Request> next;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, stop, [this] { return !m_pending.empty() || !m_forgotten.empty(); });
            for (const QString &tile : m_forgotten)
                tiles.erase(tile);
            m_forgotten.clear();
            if (!m_pending.empty()) {
                auto turn = m_pending.upper_bound(last);
                if (turn == m_pending.end())
                    turn = m_pending.begin();
                last = turn->first;
                next = std::move(turn->second);
                m_pending.erase(turn);
            }
        }
        if (!next)
            continue;
        const QImage image = tiles[next->tile].render(*next);
        bool wasEmpty = false;
        {
            std::lock_guard lock(m_mutex);
            wasEmpty = m_done.empty();
            Picture picture{next->tile, next->serial, std::move(next->frame), image, next->dimmed};
            if (!m_done.insert_or_assign(picture.tile, picture).second)
                ++m_overwritten;
        }
        if (wasEmpty)
            QMetaObject::invokeMethod(this, &FrameRenderer::ready, Qt::QueuedConnection);
    }
}

} // namespace vedette::app
