// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/capture_jpeg.h"

#include "core/protocol/capture_sei.h"
#include "core/protocol/time_range.h"

#include <QList>

#include <algorithm>
#include <functional>
#include <optional>

namespace vedette::protocol {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kSoi = 0xd8;
constexpr std::uint8_t kEoi = 0xd9;
constexpr std::uint8_t kSos = 0xda;
constexpr std::uint8_t kApp0 = 0xe0;
constexpr std::uint8_t kCom = 0xfe;

QByteArray digits(std::int64_t value, int width)
{
    return QByteArray::number(static_cast<qlonglong>(value)).rightJustified(width, '0');
}

QByteArray timeText(UtcTime time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return digits(static_cast<int>(date.year()), 4) + '-' + digits(static_cast<unsigned>(date.month()), 2) + '-'
        + digits(static_cast<unsigned>(date.day()), 2) + 'T' + digits(clock.hours().count(), 2) + ':'
        + digits(clock.minutes().count(), 2) + ':' + digits(clock.seconds().count(), 2) + '.'
        + digits(clock.subseconds().count(), 6) + 'Z';
}

/// Takes count digits off the front, then the separator.
std::optional<int> takeNumber(QByteArrayView &text, qsizetype count, char separator)
{
    if (text.size() < count)
        return std::nullopt;
    int value = 0;
    for (qsizetype i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text = text.sliced(count);
    if (separator != 0) {
        if (text.isEmpty() || text[0] != separator)
            return std::nullopt;
        text = text.sliced(1);
    }
    return value;
}

/// The fraction of a second up to the Z, in microseconds.
std::optional<int> takeFraction(QByteArrayView text)
{
    if (text.compare("Z", Qt::CaseInsensitive) == 0)
        return 0;
    if (text.size() < 3 || text.size() > 11 || text[0] != '.' || (text.back() != 'Z' && text.back() != 'z'))
        return std::nullopt;
    const QByteArray fraction = text.sliced(1, text.size() - 2).toByteArray().leftJustified(6, '0');
    QByteArrayView rest(fraction);
    const auto micros = takeNumber(rest, 6, 0);
    while (micros && !rest.isEmpty()) {
        if (!takeNumber(rest, 1, 0))
            return std::nullopt;
    }
    return micros;
}

std::optional<UtcTime> parseTime(QByteArrayView text)
{
    const auto year = takeNumber(text, 4, '-');
    const auto month = takeNumber(text, 2, '-');
    const auto day = takeNumber(text, 2, 'T');
    const auto hour = takeNumber(text, 2, ':');
    const auto minute = takeNumber(text, 2, ':');
    const auto second = takeNumber(text, 2, 0);
    const auto micros = takeFraction(text);
    if (!year || !month || !day || !hour || !minute || !second || !micros)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    const UtcTime time = std::chrono::sys_days(date) + std::chrono::hours{*hour} + std::chrono::minutes{*minute}
        + std::chrono::seconds{*second} + microseconds{*micros};
    return isPlausibleTime(toMicros(time)) ? std::optional(time) : std::nullopt;
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
        const auto time = parseTime(first);
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

void insertJpegCapture(std::vector<std::uint8_t> &jpeg, const CaptureStamp &stamp)
{
    if (jpeg.size() < 2 || jpeg[0] != 0xff || jpeg[1] != kSoi)
        return;
    std::size_t place = 2;
    forEachSegment(jpeg, [&place](std::uint8_t marker, std::size_t at, Bytes content) {
        if (marker != kApp0)
            return true;
        place = at + 4 + content.size();
        return false;
    });
    const auto payload = encodeCapture(stamp);
    const std::size_t length = payload.size() + 2;
    std::vector<std::uint8_t> segment{0xff, kCom, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
    segment.insert(segment.end(), payload.begin(), payload.end());
    jpeg.insert(jpeg.begin() + static_cast<std::ptrdiff_t>(place), segment.begin(), segment.end());
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
