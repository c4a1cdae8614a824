// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/capture_jpeg.h"

#include "core/protocol/capture_sei.h"
#include "core/protocol/time_range.h"

#include <QDateTime>
#include <QList>
#include <QTimeZone>

#include <algorithm>
#include <functional>

namespace vedette::protocol {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kSoi = 0xd8;
constexpr std::uint8_t kEoi = 0xd9;
constexpr std::uint8_t kSos = 0xda;
constexpr std::uint8_t kApp0 = 0xe0;
constexpr std::uint8_t kCom = 0xfe;

/// RFC 3339 in UTC. QDateTime ends at milliseconds: the fraction is beside it.
QByteArray timeText(UtcTime time)
{
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    const QDateTime whole = QDateTime::fromSecsSinceEpoch(second.time_since_epoch().count(), QTimeZone::utc());
    return whole.toString(QStringLiteral("yyyy-MM-dd'T'HH:mm:ss")).toLatin1() + '.' + QByteArray::number(qlonglong{microseconds{time - second}.count()}).rightJustified(6, '0') + 'Z';
}

auto corrupt(const QByteArray &text)
{
    return fail(ErrorKind::Corrupt, QStringLiteral("the header %1 says \"%2\", which is no capture time")
                                        .arg(QLatin1String(kCaptureTimeHeader), QString::fromLatin1(text.left(80))));
}

/// Calls visit with marker, place of its 0xff and its content, until that says true or the picture's data begin.
void forEachSegment(Bytes jpeg, const std::function<bool(std::uint8_t marker, std::size_t at, Bytes content)> &visit)
{
    if (jpeg.size() < 2 || jpeg[0] != 0xff || jpeg[1] != kSoi)
        return;
    std::size_t at = 2;
    while (at + 4 <= jpeg.size() && jpeg[at] == 0xff) {
        const std::uint8_t marker = jpeg[at + 1];
        if (marker == 0xff) { // fill byte
            ++at;
            continue;
        }
        if (marker == kSos || marker == kEoi)
            return;
        const std::size_t length = std::size_t{jpeg[at + 2]} << 8 | jpeg[at + 3];
        if (length < 2 || at + 2 + length > jpeg.size() || visit(marker, at, jpeg.subspan(at + 4, length - 2)))
            return;
        at += 2 + length;
    }
}

} // namespace

QByteArray captureTimeText(const CaptureStamp &stamp)
{
    const bool known = stamp.known && isPlausibleTime(toMicros(stamp.captured));
    QByteArray text = known ? timeText(stamp.captured) : QByteArrayLiteral("unknown");
    if (known)
        text += "; uncertainty-us=" + QByteArray::number(qlonglong{std::clamp<std::int64_t>(stamp.uncertainty.count(), 0, UINT32_MAX)});
    return text + "; run=" + QByteArray::number(qulonglong{stamp.run}) + "; sequence=" + QByteArray::number(qulonglong{stamp.sequence})
        + "; settings=" + QByteArray::number(stamp.settingsVersion);
}

Result<CaptureStamp> parseCaptureTime(const QByteArray &text)
{
    const QList<QByteArray> parts = text.left(1024).split(';');
    CaptureStamp stamp;
    const QByteArray first = parts.constFirst().trimmed();
    stamp.known = first.compare("unknown", Qt::CaseInsensitive) != 0;
    if (stamp.known) {
        const auto time = timeFromText(QString::fromLatin1(first));
        if (!time)
            return corrupt(text);
        stamp.captured = *time;
    }
    bool uncertainty = false;
    bool run = false;
    bool sequence = false;
    for (const QByteArray &part : parts.mid(1)) {
        const qsizetype equals = part.indexOf('=');
        const QByteArray name = part.left(equals).trimmed().toLower();
        bool number = equals > 0;
        const qulonglong value = number ? part.mid(equals + 1).trimmed().toULongLong(&number) : 0;
        if (!number)
            continue;
        if (name == "uncertainty-us" && value <= UINT32_MAX) {
            stamp.uncertainty = microseconds{static_cast<std::int64_t>(value)};
            uncertainty = true;
        } else if (name == "run") {
            stamp.run = value;
            run = true;
        } else if (name == "sequence") {
            stamp.sequence = value;
            sequence = true;
        } else if (name == "settings" && value <= UINT32_MAX) {
            stamp.settingsVersion = static_cast<std::uint32_t>(value);
        }
    }
    if (stamp.known ? !uncertainty : !run || !sequence)
        return corrupt(text);
    return stamp;
}

void insertJpegComment(std::vector<std::uint8_t> &jpeg, Bytes text)
{
    constexpr std::size_t kMost = 65'535 - 2; // the length counts its own two bytes
    if (jpeg.size() < 2 || jpeg[0] != 0xff || jpeg[1] != kSoi || text.size() > kMost)
        return;
    std::size_t place = 2;
    forEachSegment(jpeg, [&place](std::uint8_t marker, std::size_t at, Bytes content) {
        if (marker != kApp0)
            return true;
        place = at + 4 + content.size();
        return false;
    });
    const std::size_t length = text.size() + 2;
    std::vector<std::uint8_t> segment{0xff, kCom, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
    segment.insert(segment.end(), text.begin(), text.end());
    jpeg.insert(jpeg.begin() + static_cast<std::ptrdiff_t>(place), segment.begin(), segment.end());
}

void insertJpegCapture(std::vector<std::uint8_t> &jpeg, const CaptureStamp &stamp)
{
    const auto payload = encodeCapture(stamp);
    insertJpegComment(jpeg, Bytes(payload.data(), payload.size()));
}

Result<CaptureStamp> findJpegCapture(Bytes jpeg)
{
    Result<CaptureStamp> found = fail(ErrorKind::NotFound, QStringLiteral("the picture carries no capture time"));
    forEachSegment(jpeg, [&found](std::uint8_t marker, std::size_t, Bytes content) {
        if (marker != kCom)
            return false;
        auto stamp = decodeCapture(content);
        const bool ours = stamp || stamp.error().kind != ErrorKind::NotFound; // else somebody else's comment
        if (ours)
            found = std::move(stamp);
        return ours;
    });
    return found;
}

} // namespace vedette::protocol
