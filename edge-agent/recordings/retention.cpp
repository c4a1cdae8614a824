// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/retention.h"

#include "edge-agent/recordings/catalog_repair.h"
#include "edge-agent/recordings/manifest_rows.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace vedette::agent {

using protocol::Recording;

namespace {

Result<struct statvfs> fileSystemOf(const QString &folder)
{
    struct statvfs about{};
    if (::statvfs(QFile::encodeName(folder).constData(), &about) != 0)
        return fail(ErrorKind::Unavailable, QStringLiteral("the free space of %1 cannot be read: %2").arg(folder, qt_error_string(errno)));
    return about;
}

} // namespace

Result<std::int64_t> freeSpace(const QString &folder)
{
    return fileSystemOf(folder).map([](const struct statvfs &about) { return static_cast<std::int64_t>(about.f_bavail) * static_cast<std::int64_t>(about.f_frsize); });
}

Result<std::int64_t> diskSize(const QString &folder)
{
    return fileSystemOf(folder).map([](const struct statvfs &about) { return static_cast<std::int64_t>(about.f_blocks) * static_cast<std::int64_t>(about.f_frsize); });
}

Retention::Retention(CatalogRows &rows, QString folder, RetentionRules rules, FreeSpace space)
    : m_rows(rows), m_folder(std::move(folder)), m_rules(rules), m_freeSpace(std::move(space))
{
}

Result<Retention::Room> Retention::room()
{
    const auto used = m_rows.bytesHere();
    const auto free = used ? m_freeSpace(m_folder) : fail(used.error());
    if (!free)
        return fail(free.error());
    return Room{*used, *free};
}

Result<std::optional<std::pair<Recording, QString>>> Retention::next(UtcTime now, const Room &room)
{
    using Victim = std::optional<std::pair<Recording, QString>>;
    RetentionRows rows(m_rows);
    const auto named = [](const Result<std::optional<Recording>> &found, const QString &rule) -> Result<Victim> {
        if (!found)
            return fail(found.error());
        return *found ? Victim(std::pair(**found, rule)) : Victim();
    };
    if (m_rules.maxAge.count() > 0) {
        const auto newest = rows.newestTime();
        const auto oldest = newest ? rows.oldest(now) : fail(newest.error());
        if (!oldest)
            return fail(oldest.error());
        if (*oldest && (*oldest)->to < **newest - m_rules.maxAge)
            return named(oldest, QStringLiteral("age"));
    }
    if (m_rules.maxBytes > 0 && room.used > m_rules.maxBytes)
        return named(rows.next(now), QStringLiteral("size"));
    if (m_rules.minFreeBytes > 0 && room.free < m_rules.minFreeBytes)
        return named(rows.next(now), QStringLiteral("free_space"));
    return Victim();
}

Result<int> Retention::enforce(UtcTime now)
{
    int gone = 0;
    {
        auto transaction = store::Transaction::begin(m_rows.database());
        if (!transaction)
            return fail(transaction.error());
        auto left = room();
        if (!left)
            return fail(left.error());
        for (; gone < kMostAtOnce; ++gone) {
            const auto victim = next(now, *left);
            if (!victim)
                return fail(victim.error());
            if (!*victim)
                break;
            const auto &[recording, rule] = **victim;
            if (const Status expired = RetentionRows(m_rows).expire(recording.name, rule); !expired)
                return fail(expired.error());
            left->used -= recording.bytes;
            left->free += recording.bytes;
        }
        if (const Status done = expireManifests(); !done)
            return fail(done.error());
        if (const Status done = transaction->commit(); !done)
            return fail(done.error());
    }
    if (const auto removed = removeCondemned(m_rows, m_folder); !removed)
        return fail(removed.error());
    if (m_rules.ballastBytes > 0) {
        if (const auto free = m_freeSpace(m_folder))
            keepBallast(*free);
    }
    return gone;
}

Status Retention::expireManifests()
{
    const auto newest = RetentionRows(m_rows).newestTime();
    if (!newest || !*newest)
        return newest ? Status() : fail(newest.error());
    const auto outlived = ManifestRows(m_rows).outlived(**newest - kManifestAge, kMostAtOnce);
    if (!outlived)
        return fail(outlived.error());
    for (const protocol::SegmentName &each : *outlived) {
        if (const Status gone = ManifestRows(m_rows).letGo(each); !gone)
            return gone;
    }
    return {};
}

bool Retention::dropBallast()
{
    return QFile::remove(m_folder + u'/' + QLatin1String(kBallastName));
}

/// Made where twice its size is free beyond the floor, so that it is never what fills the disk.
void Retention::keepBallast(std::int64_t free)
{
    const QString path = m_folder + u'/' + QLatin1String(kBallastName);
    if (QFileInfo::exists(path) || free < m_rules.minFreeBytes + 2 * m_rules.ballastBytes)
        return;
    const int file = ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return; // a comfort: the next round tries again
    const int reserved = ::posix_fallocate(file, 0, m_rules.ballastBytes);
    ::close(file);
    if (reserved != 0)
        (void)QFile::remove(path);
}

} // namespace vedette::agent
