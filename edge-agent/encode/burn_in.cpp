// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/burn_in.h"

#include <QDateTime>
#include <QTimeZone>

#include <algorithm>
#include <array>

namespace vedette::agent {
namespace {

constexpr int kPart = 30;            // letters are this part of the picture's height
constexpr int kSmallest = 6;         // pixels that a capital needs
constexpr std::uint8_t kBright = 235; // white of limited range
constexpr int kBlack = 16;
constexpr int kGrey = 128;           // of chroma: no colour
constexpr int kDarken = 3;           // the box keeps so much of its picture: 1/kDarken

/// From the most to the least.
constexpr std::array kTimeFormats{"yyyy-MM-dd HH:mm:ss.zzz 'UTC'", "yyyy-MM-dd HH:mm:ss", "HH:mm:ss"};

QString timeText(const media::Frame &frame, int letters)
{
    if (!frame.capture || !frame.capture->known)
        return QStringLiteral("TIME UNKNOWN");
    const auto ms = std::chrono::floor<milliseconds>(frame.capture->captured).time_since_epoch();
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(ms.count(), QTimeZone::utc());
    QString text;
    for (const char *format : kTimeFormats) {
        text = time.toString(QLatin1String(format));
        if (text.size() <= letters)
            break;
    }
    return text;
}

void darken(media::FrameBuffer &picture, int left, int top, int right, int bottom)
{
    for (int plane = 0; plane < 3; ++plane) {
        const int shift = plane == 0 ? 0 : 1;
        const int zero = plane == 0 ? kBlack : kGrey;
        for (int y = top >> shift; y < bottom >> shift; ++y) {
            std::uint8_t *row = picture.plane(plane) + std::ptrdiff_t{y} * picture.stride(plane);
            for (int x = left >> shift; x < right >> shift; ++x)
                row[x] = static_cast<std::uint8_t>(zero + (row[x] - zero) / kDarken);
        }
    }
}

int evenUp(int value)
{
    return value + value % 2;
}

} // namespace

BurnIn::BurnIn(const settings::CameraSettings &settings)
    : m_name(settings.burnIn == QLatin1String("name") || settings.burnIn == QLatin1String("both")),
      m_time(settings.burnIn == QLatin1String("time") || settings.burnIn == QLatin1String("both")),
      m_text(!settings.name.isEmpty() && media::StrokeFont::knows(settings.name) ? settings.name : settings.id)
{
}

QStringList BurnIn::lines(const media::Frame &frame, int letters) const
{
    QStringList lines;
    if (m_name)
        lines << (m_text.size() <= letters ? m_text : m_text.left(std::max(0, letters - 2)) + QStringLiteral(".."));
    if (m_time)
        lines << timeText(frame, letters);
    return lines;
}

Result<media::Frame> BurnIn::draw(const media::Frame &frame, PictureSize size)
{
    if (!wanted())
        return frame;
    auto picture = media::FrameBuffer::copyOf(frame, size.width, size.height, m_scaler);
    if (!picture)
        return fail(picture.error());
    if (!m_font || m_size != size) {
        // As large as the longest line allows.
        const qsizetype longest = std::max<qsizetype>(m_time ? qstrlen(kTimeFormats.front()) - 2 : 0, m_name ? m_text.size() : 0); // less the quotes
        int height = std::max(kSmallest, size.height / kPart);
        for (m_font.emplace(height); height > kSmallest && (longest + 1) * m_font->advance() > size.width; m_font.emplace(height))
            --height;
        m_size = size;
    }
    const int margin = m_font->capHeight() / 2;
    const int lineHeight = 2 * m_font->capHeight();
    const QStringList text = lines(frame, (size.width - 2 * margin) / m_font->advance());
    qsizetype letters = 0;
    for (const QString &line : text)
        letters = std::max(letters, line.size());
    const int top = std::max(0, size.height - static_cast<int>(text.size()) * lineHeight) / 2 * 2;
    darken(*picture, 0, top, std::min(size.width, evenUp(2 * margin + static_cast<int>(letters) * m_font->advance())), size.height);
    const media::StrokeFont::Canvas canvas{picture->plane(0), picture->stride(0), size.width, size.height};
    for (int i = 0; i < text.size(); ++i)
        m_font->draw(canvas, text[i], margin, top + i * lineHeight + margin, kBright);
    media::Frame drawn = picture->release(frame.captured, frame.pts);
    drawn.capture = frame.capture;
    drawn.arrival = frame.arrival;
    return drawn;
}

} // namespace vedette::agent
