// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/segment_name.h"

#include "core/protocol/ids.h"

#include <QDateTime>
#include <QRegularExpression>
#include <QTimeZone>

namespace vedette::protocol {
namespace {

constexpr int kRunDigits = 16; // of a u64 in hexadecimal
const auto kSub = QStringLiteral("sub");

QString dateText(std::chrono::sys_seconds time, const char *format)
{
    return QDateTime::fromSecsSinceEpoch(time.time_since_epoch().count(), QTimeZone::utc()).toString(QLatin1String(format));
}

QString runText(std::uint64_t run)
{
    return QString::number(run, 16).rightJustified(kRunDigits, u'0');
}

/// "_sub", "_<run>", "_sub_<run>" or nothing.
QString suffixOf(const SegmentName &name)
{
    QString suffix;
    if (name.stream == kSub)
        suffix += QStringLiteral("_sub");
    if (name.start && name.taken)
        suffix += u'_' + runText(name.run);
    if (name.start && name.taken && name.number > 0)
        suffix += QStringLiteral("-%1").arg(name.number);
    return suffix;
}

QString unknownText(const SegmentName &name)
{
    return QStringLiteral("%1-%2").arg(runText(name.run)).arg(name.number);
}

std::optional<std::chrono::sys_seconds> timeOf(const QString &date, const QString &time)
{
    const QDateTime parsed = QDateTime::fromString(QStringLiteral("%1-%2-%3T%4:%5:%6Z")
                                                       .arg(date.left(4), date.mid(4, 2), date.mid(6), time.left(2), time.mid(2, 2), time.mid(4)),
                                                   Qt::ISODate);
    // 24:00:00 is a time for Qt, and the next day's 00:00:00 has a name already.
    if (!parsed.isValid() || parsed.toSecsSinceEpoch() < 0 || parsed.toString(QStringLiteral("HHmmss")) != time)
        return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(parsed.toSecsSinceEpoch()));
}

/// From what stands in both kinds of names; refused unless the name made of it is the text again.
template <typename Text>
Result<SegmentName> finish(const QRegularExpressionMatch &match, const QString &text, Text made)
{
    SegmentName name;
    name.camera = match.captured(QStringLiteral("camera"));
    bool good = match.hasMatch() && isValidId(name.camera);
    if (!match.captured(QStringLiteral("sub")).isEmpty())
        name.stream = kSub;
    if (const QString date = match.captured(QStringLiteral("date")); !date.isEmpty()) {
        name.start = timeOf(date, match.captured(QStringLiteral("time")));
        name.taken = !match.captured(QStringLiteral("taken")).isEmpty();
        name.number = match.captured(QStringLiteral("again")).toInt();
        good = good && name.start;
    } else {
        name.number = match.captured(QStringLiteral("number")).toInt();
    }
    const QString run = name.start ? match.captured(QStringLiteral("taken")) : match.captured(QStringLiteral("run"));
    name.run = run.toULongLong(nullptr, 16);
    if (!good || made(name) != text)
        return fail(ErrorKind::InvalidInput, QStringLiteral("\"%1\" is not the name of a segment").arg(text.left(80)));
    return name;
}

const auto kTail = QStringLiteral("(?<sub>_sub)?(?:_(?<taken>[0-9a-f]{16})(?:-(?<again>[1-9][0-9]{0,8}))?)?");
const auto kUnknown = QStringLiteral("(?<run>[0-9a-f]{16})-(?<number>[0-9]{1,9})(?<sub>_sub)?");

} // namespace

QString SegmentName::id() const
{
    return camera + u'-' + (start ? dateText(*start, "yyyyMMdd'T'HHmmss") : unknownText(*this)) + suffixOf(*this);
}

QString SegmentName::folder() const
{
    return QStringLiteral("camera-%1/%2").arg(camera, start ? dateText(*start, "yyyyMMdd") : QStringLiteral("unknown"));
}

QString SegmentName::path() const
{
    const QString file = start ? QStringLiteral("%1_camera-%2").arg(dateText(*start, "HHmmss"), camera) : unknownText(*this);
    return folder() + u'/' + file + suffixOf(*this) + QStringLiteral(".mp4");
}

QString SegmentName::manifestPath() const
{
    return path().chopped(4) + QStringLiteral(".json");
}

Result<SegmentName> parseSegmentId(const QString &id)
{
    static const QRegularExpression known(QStringLiteral("^(?<camera>[a-z0-9-]+)-(?<date>[0-9]{8})T(?<time>[0-9]{6})%1$").arg(kTail));
    static const QRegularExpression unknown(QStringLiteral("^(?<camera>[a-z0-9-]+)-%1$").arg(kUnknown));
    const auto match = known.match(id);
    return finish(match.hasMatch() ? match : unknown.match(id), id, [](const SegmentName &name) { return name.id(); });
}

Result<SegmentName> parseSegmentPath(const QString &path)
{
    static const QRegularExpression known(
        QStringLiteral("^camera-(?<camera>[a-z0-9-]+)/(?<date>[0-9]{8})/(?<time>[0-9]{6})_camera-[a-z0-9-]+%1\\.mp4$").arg(kTail));
    static const QRegularExpression unknown(QStringLiteral("^camera-(?<camera>[a-z0-9-]+)/unknown/%1\\.mp4$").arg(kUnknown));
    const auto match = known.match(path);
    return finish(match.hasMatch() ? match : unknown.match(path), path, [](const SegmentName &name) { return name.path(); });
}

Result<SegmentName> parseManifestPath(const QString &path)
{
    if (!path.endsWith(QLatin1String(".json")))
        return fail(ErrorKind::InvalidInput, QStringLiteral("\"%1\" is not the name of a manifest").arg(path.left(80)));
    return parseSegmentPath(path.chopped(5) + QStringLiteral(".mp4"));
}

} // namespace vedette::protocol
