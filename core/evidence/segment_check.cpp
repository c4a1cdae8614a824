// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evidence/segment_check.h"

#include <QDateTime>
#include <QTimeZone>

#include <array>

namespace vedette::evidence {
namespace {

using protocol::ManifestFragment;
using Kind = SegmentFault::Kind;

constexpr std::array kWords{"pictures", "sound", "unreadable", "missing", "added", "bytes"};

QString timeText(UtcTime time)
{
    return QDateTime::fromMSecsSinceEpoch(toMicros(time) / 1000, QTimeZone::utc()).toString(QStringLiteral("yyyy-MM-dd'T'HH:mm:ss.zzz'Z'"));
}

QString what(Kind kind)
{
    switch (kind) {
    case Kind::Pictures: return QStringLiteral("its pictures are not those of its manifest");
    case Kind::Sound: return QStringLiteral("its sound is not that of its manifest");
    case Kind::Unreadable: return QStringLiteral("it cannot be read");
    case Kind::Missing: return QStringLiteral("from here on the file lacks what its manifest lists");
    case Kind::Added: return QStringLiteral("from here on the file holds what its manifest does not list");
    case Kind::Bytes: break;
    }
    return QStringLiteral("pictures and sound are those of its manifest, other bytes of the file are not");
}

} // namespace

QString toString(Kind kind)
{
    return QString::fromLatin1(kWords.at(static_cast<std::size_t>(kind)));
}

QString sentence(const SegmentFault &fault)
{
    if (fault.fragment == 0)
        return what(fault.kind);
    const QString time = fault.from ? timeText(*fault.from) : QStringLiteral("an unknown time");
    return QStringLiteral("fragment %1 of %2: %3").arg(fault.fragment).arg(time, what(fault.kind));
}

QList<SegmentFault> compareSegment(const protocol::Manifest &manifest, const SegmentHashes &found)
{
    QList<SegmentFault> faults;
    const auto add = [&](Kind kind, qsizetype index) {
        faults.append({kind, static_cast<int>(index + 1), index < manifest.fragments.size() ? manifest.fragments[index].from : std::nullopt});
    };
    const qsizetype both = std::min(manifest.fragments.size(), found.fragments.size());
    for (qsizetype i = 0; i < both; ++i) {
        const ManifestFragment &wanted = manifest.fragments[i];
        const ManifestFragment &is = found.fragments[i];
        if (found.broken.contains(static_cast<int>(i + 1))) {
            add(Kind::Unreadable, i);
            continue;
        }
        if (wanted.pictures != is.pictures || wanted.from != is.from)
            add(Kind::Pictures, i);
        if (wanted.sound != is.sound)
            add(Kind::Sound, i);
    }
    if (both < manifest.fragments.size())
        add(found.lostAt && *found.lostAt < found.bytes ? Kind::Unreadable : Kind::Missing, both);
    else if (both < found.fragments.size())
        add(Kind::Added, both);
    if (faults.isEmpty() && (found.bytes != manifest.bytes || found.sha256 != manifest.sha256))
        faults.append({Kind::Bytes, 0, std::nullopt});
    return faults;
}

} // namespace vedette::evidence
