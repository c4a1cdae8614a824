// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/segment_file.h"

#include <QFile>
#include <QStringList>

#include <cerrno>

#include <fcntl.h>

namespace vedette::agent {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

tl::unexpected<DiskError> failed(std::int64_t negative, const QString &what)
{
    return tl::unexpected<DiskError>({static_cast<int>(-negative), what});
}

/// The folder of that name, made where it is missing.
DiskResult<OpenFile> enter(SegmentDisk &disk, const OpenFile &above, const QString &name, const QString &shown)
{
    const QByteArray local = QFile::encodeName(name);
    int folder = disk.openAt(above.get(), local, kFolderFlags | O_NOFOLLOW, 0);
    if (folder == -ENOENT) {
        if (const int made = disk.makeFolderAt(above.get(), local, SegmentFile::kFolderMode); made < 0 && made != -EEXIST)
            return failed(made, QStringLiteral("folder %1 cannot be made").arg(shown));
        if (const int synced = disk.sync(above.get()); synced < 0)
            return failed(synced, QStringLiteral("the folder above %1 cannot be synced").arg(shown));
        folder = disk.openAt(above.get(), local, kFolderFlags | O_NOFOLLOW, 0);
    }
    if (folder < 0)
        return failed(folder, QStringLiteral("folder %1 cannot be opened").arg(shown));
    return OpenFile(disk, folder);
}

} // namespace

DiskResult<std::unique_ptr<SegmentFile>> SegmentFile::create(SegmentDisk &disk, const Clock &clock, const QString &folder, const QString &path)
{
    const int root = disk.openAt(AT_FDCWD, QFile::encodeName(folder), kFolderFlags, 0);
    if (root < 0)
        return failed(root, QStringLiteral("the recordings folder %1 cannot be opened").arg(folder));
    OpenFile in(disk, root);
    QStringList names = path.split(u'/');
    const QString name = names.takeLast();
    QString shown = folder;
    for (const QString &each : names) {
        shown += u'/' + each;
        auto next = enter(disk, in, each, shown);
        if (!next)
            return tl::unexpected(next.error());
        in = std::move(*next);
    }
    shown += u'/' + name;
    const QByteArray manifest = QFile::encodeName(name.section(u'.', 0, -2) + QStringLiteral(".json"));
    const OpenFile taken(disk, disk.openAt(in.get(), manifest, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0));
    if (taken.get() != -ENOENT)
        return failed(taken.get() < 0 ? taken.get() : -EEXIST, QStringLiteral("%1 cannot be made beside its manifest").arg(shown));
    const int made = disk.openAt(in.get(), QFile::encodeName(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode);
    if (made < 0)
        return failed(made, QStringLiteral("%1 cannot be made").arg(shown));
    OpenFile file(disk, made);
    if (const int synced = disk.sync(in.get()); synced < 0)
        return failed(synced, QStringLiteral("the folder of %1 cannot be synced").arg(shown));
    return std::unique_ptr<SegmentFile>(new SegmentFile(disk, clock, shown, std::move(in), std::move(file)));
}

DiskResult<void> SegmentFile::write(std::span<const std::uint8_t> bytes)
{
    while (!bytes.empty()) {
        const std::int64_t written = m_disk.write(m_file.get(), bytes);
        if (written <= 0)
            return failed(written == 0 ? -EIO : written, QStringLiteral("%1 cannot be written").arg(m_shown));
        m_bytes += static_cast<std::uint64_t>(written);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

/// Who writes into a removed file is told of no failure.
DiskResult<void> SegmentFile::checkNamed() const
{
    if (const int links = m_disk.links(m_file.get()); links <= 0)
        return failed(links == 0 ? -ENOENT : links, QStringLiteral("%1 has been removed").arg(m_shown));
    return {};
}

DiskResult<void> SegmentFile::keep()
{
    if (m_clock.now() - m_synced < kSyncEvery)
        return {};
    m_synced = m_clock.now();
    if (const int synced = m_disk.syncData(m_file.get()); synced < 0)
        return failed(synced, QStringLiteral("%1 cannot be synced").arg(m_shown));
    return checkNamed();
}

DiskResult<void> SegmentFile::close()
{
    if (const int synced = m_disk.sync(m_file.get()); synced < 0)
        return failed(synced, QStringLiteral("%1 cannot be synced").arg(m_shown));
    if (const int synced = m_disk.sync(m_folder.get()); synced < 0)
        return failed(synced, QStringLiteral("the folder of %1 cannot be synced").arg(m_shown));
    return checkNamed();
}

} // namespace vedette::agent
