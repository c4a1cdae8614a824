// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/file_name.h"

#include "core/protocol/ids.h"
#include "core/protocol/time_range.h"

#include <QDateTime>
#include <QRegularExpression>
#include <QSet>

#include <array>

namespace vedette::recordings {
namespace {

constexpr qsizetype kMostId = 32; // characters, see isValidId()

struct Found {
    UtcTime time;
    bool zoned = false;
    QString rest;           ///< of the name, without the time
};

std::optional<UtcTime> toUtc(const QDate &date, const QTime &time, const QTimeZone &zone, std::int64_t micros)
{
    if (!date.isValid() || !time.isValid())
        return std::nullopt;
    QDateTime moment(date, time, zone);
    if (!moment.isValid()) { // in the hour that a spring night leaves out: as if it had not
        moment = QDateTime(date, time, QTimeZone::utc());
        moment = moment.addSecs(-zone.standardTimeOffset(moment));
    }
    const std::int64_t utc = moment.toMSecsSinceEpoch() * 1000 + micros;
    return protocol::isPlausibleTime(utc) ? std::optional(utcFromMicros(utc)) : std::nullopt;
}

QDate dateIn(const QRegularExpressionMatch &match)
{
    return {match.captured(QStringLiteral("y")).toInt(), match.captured(QStringLiteral("o")).toInt(), match.captured(QStringLiteral("d")).toInt()};
}

QTime timeIn(const QRegularExpressionMatch &match)
{
    return {match.captured(QStringLiteral("H")).toInt(), match.captured(QStringLiteral("M")).toInt(), match.captured(QStringLiteral("S")).toInt()};
}

std::int64_t microsOf(const QString &fraction)
{
    return fraction.isEmpty() ? 0 : fraction.leftJustified(6, u'0', true).toLongLong();
}

/// "Z", "+01:00" or "+0100".
QTimeZone zoneOf(const QString &text, const QTimeZone &otherwise)
{
    if (text.isEmpty())
        return otherwise;
    if (text == QLatin1String("Z"))
        return QTimeZone::utc();
    const int minutes = text.mid(1, 2).toInt() * 60 + text.right(2).toInt();
    return QTimeZone((text[0] == u'-' ? -1 : 1) * minutes * 60);
}

const QString kDate = QStringLiteral("(?<y>(?:19|20|21)\\d\\d)[-_.]?(?<o>\\d\\d)[-_.]?(?<d>\\d\\d)");
const QString kTime = QStringLiteral("(?<H>\\d\\d)[-_:.h]?(?<M>\\d\\d)[-_:.m]?(?<S>\\d\\d)s?");

std::optional<Found> wholeTime(const QString &stem, const QTimeZone &zone)
{
    static const QRegularExpression pattern(QStringLiteral("(?<!\\d)%1[-_T .]?%2(?:[-_.,](?<f>\\d{1,6}))?(?<z>Z|[+-]\\d\\d:?\\d\\d)?(?!\\d)").arg(kDate, kTime));
    const auto match = pattern.match(stem);
    if (!match.hasMatch())
        return std::nullopt;
    const QString told = match.captured(QStringLiteral("z"));
    const auto time = toUtc(dateIn(match), timeIn(match), zoneOf(told, zone), microsOf(match.captured(QStringLiteral("f"))));
    return time ? std::optional(Found{*time, !told.isEmpty(), stem.left(match.capturedStart()) + u' ' + stem.mid(match.capturedEnd())}) : std::nullopt;
}

/// Seconds, milliseconds or microseconds since 1970, from 2001 to 2096.
std::optional<Found> sinceEpoch(const QString &stem)
{
    static const QRegularExpression pattern(QStringLiteral("(?<!\\d)(?<n>[1-3]\\d{9}(?:\\d{3}(?:\\d{3})?)?)(?:\\.(?<f>\\d{1,6}))?(?!\\d)"));
    const auto match = pattern.match(stem);
    if (!match.hasMatch())
        return std::nullopt;
    const QString digits = match.captured(QStringLiteral("n"));
    std::int64_t micros = digits.toLongLong();
    for (qsizetype length = digits.size(); length < 16; length += 3)
        micros *= 1000;
    micros += digits.size() == 10 ? microsOf(match.captured(QStringLiteral("f"))) : 0;
    return Found{utcFromMicros(micros), true, stem.left(match.capturedStart()) + u' ' + stem.mid(match.capturedEnd())};
}

std::optional<QDate> dateFolder(const QString &folder)
{
    static const QRegularExpression pattern(QStringLiteral("^%1$").arg(kDate));
    const auto match = pattern.match(folder);
    return match.hasMatch() && dateIn(match).isValid() ? std::optional(dateIn(match)) : std::nullopt;
}

/// A date as folder, at most two above, and the rest of the time in the name; an hour may be a folder between.
std::optional<Found> timeUnderDate(const QStringList &folders, const QString &stem, const QTimeZone &zone)
{
    static const QRegularExpression whole(QStringLiteral("(?<!\\d)%1(?!\\d)").arg(kTime));
    static const QRegularExpression minutes(QStringLiteral("^(?<M>\\d\\d)[-_.](?<S>\\d\\d)$"));
    static const QRegularExpression hour(QStringLiteral("^[0-2]\\d$"));
    for (qsizetype up = 1; up <= std::min<qsizetype>(3, folders.size()); ++up) {
        const auto date = dateFolder(folders[folders.size() - up]);
        if (!date)
            continue;
        // What lies between is the hour and perhaps the camera.
        for (qsizetype each = folders.size() - up + 1; each < folders.size(); ++each) {
            const auto match = minutes.match(stem);
            if (!hour.match(folders[each]).hasMatch() || !match.hasMatch())
                continue;
            const auto time = toUtc(*date, QTime(folders[each].toInt(), match.captured(QStringLiteral("M")).toInt(), match.captured(QStringLiteral("S")).toInt()), zone, 0);
            return time ? std::optional(Found{*time, false, {}}) : std::nullopt;
        }
        const auto match = whole.match(stem);
        const auto time = match.hasMatch() ? toUtc(*date, timeIn(match), zone, 0) : std::nullopt;
        return time ? std::optional(Found{*time, false, stem.left(match.capturedStart()) + u' ' + stem.mid(match.capturedEnd())}) : std::nullopt;
    }
    return std::nullopt;
}

bool isTimeFolder(const QString &folder)
{
    static const QRegularExpression number(QStringLiteral("^\\d{1,4}$")); // years, months, days, hours
    return dateFolder(folder) || number.match(folder).hasMatch() || folder == QLatin1String("unknown");
}

/// Words that name no camera.
bool isGeneric(const QString &id)
{
    static const QSet<QString> words{QStringLiteral("video"), QStringLiteral("rec"), QStringLiteral("recording"), QStringLiteral("record"), QStringLiteral("clip"), QStringLiteral("segment"), QStringLiteral("motion"), QStringLiteral("movie"), QStringLiteral("vid")};
    return id.isEmpty() || words.contains(id);
}

protocol::RecordingLane laneOf(const QString &rest, QStringList folders, const QString &root)
{
    protocol::RecordingLane lane;
    QString id = cameraIdOf(rest);
    if (id == QLatin1String("main") || id == QLatin1String("sub") || id.endsWith(QLatin1String("-sub"))) {
        lane.stream = id.endsWith(QLatin1String("sub")) ? QStringLiteral("sub") : QStringLiteral("main");
        id = id.endsWith(QLatin1String("-sub")) ? id.chopped(4) : QString();
    }
    while (isGeneric(id) && !folders.isEmpty()) {
        const QString folder = folders.takeLast();
        if (isTimeFolder(folder))
            continue;
        if (folder == QLatin1String("sub") || folder == QLatin1String("main"))
            lane.stream = folder;
        else if (!isGeneric(cameraIdOf(folder)))
            id = cameraIdOf(folder);
    }
    for (const QString &each : {cameraIdOf(root.section(u'/', -1)), QStringLiteral("camera")})
        id = isGeneric(id) ? each : id;
    lane.camera = id;
    return lane;
}

} // namespace

QString cameraIdOf(const QString &text)
{
    static const QRegularExpression others(QStringLiteral("[^a-z0-9]+"));
    QString id = text.toLower().replace(others, QStringLiteral("-"));
    while (id.startsWith(u'-'))
        id.remove(0, 1);
    if (id.startsWith(QLatin1String("camera-")) && id.size() > 7)
        id.remove(0, 7);
    id.truncate(kMostId);
    while (id.endsWith(u'-'))
        id.chop(1);
    return protocol::isValidId(id) ? id : QString();
}

bool isMediaName(const QString &path)
{
    static const QSet<QString> endings{QStringLiteral("mp4"), QStringLiteral("m4v"), QStringLiteral("mov"), QStringLiteral("mkv"), QStringLiteral("webm"), QStringLiteral("ts"), QStringLiteral("mts"), QStringLiteral("m2ts"), QStringLiteral("avi"), QStringLiteral("flv")};
    const qsizetype name = path.lastIndexOf(u'/') + 1;
    const qsizetype dot = path.lastIndexOf(u'.');
    return dot > name && path[name] != u'.' && endings.contains(path.mid(dot + 1).toLower());
}

FileName parseFileName(const QString &path, const QString &root, const QTimeZone &zone)
{
    FileName out;
    const QString whole = path.startsWith(u'/') ? path : root + u'/' + path;
    if (const auto ours = protocol::parseSegmentPath(whole.section(u'/', -3))) {
        out.lane = {ours->camera, ours->stream};
        out.from = ours->start;
        out.zoned = true;
        out.ours = *ours;
        return out;
    }
    QStringList all = whole.split(u'/', Qt::SkipEmptyParts);
    const QString file = all.isEmpty() ? QString() : all.takeLast();
    const QString stem = file.left(file.lastIndexOf(u'.'));
    // Times may stand in folders above the root; cameras may not, but for the root itself.
    const QString below = whole.startsWith(root + u'/') ? whole.mid(root.size() + 1) : whole;
    QStringList folders = below.split(u'/', Qt::SkipEmptyParts);
    folders.removeLast();
    auto found = wholeTime(stem, zone);
    if (!found)
        found = timeUnderDate(all, stem, zone);
    if (!found)
        found = sinceEpoch(stem);
    // A name without a time is that of one moment, not of a camera.
    out.lane = laneOf(found ? found->rest : QString(), folders, root);
    if (found) {
        out.from = found->time;
        out.zoned = found->zoned;
    }
    return out;
}

} // namespace vedette::recordings
