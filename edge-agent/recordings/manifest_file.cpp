// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/manifest_file.h"

#include "core/protocol/json_reader.h"
#include "edge-agent/recordings/segment_file.h"

#include <QFile>

#include <cerrno>

#include <fcntl.h>

namespace vedette::agent {
namespace {

const auto kNew = QStringLiteral(".new");

} // namespace

Result<QByteArray> readManifestBytes(const QString &folder, const protocol::SegmentName &name)
{
    QFile file(folder + u'/' + name.manifestPath());
    if (!file.open(QIODevice::ReadOnly)) {
        const ErrorKind kind = file.error() == QFileDevice::PermissionsError ? ErrorKind::Denied : file.exists() ? ErrorKind::Unavailable : ErrorKind::NotFound;
        return fail(kind, QStringLiteral("%1 cannot be read: %2").arg(file.fileName(), file.errorString()));
    }
    const QByteArray bytes = file.read(protocol::JsonReader::kMaxBytes + 1);
    if (file.error() != QFileDevice::NoError)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 cannot be read: %2").arg(file.fileName(), file.errorString()));
    return bytes;
}

Result<StoredManifest> readManifest(const QString &folder, const protocol::SegmentName &name)
{
    const auto bytes = readManifestBytes(folder, name);
    if (!bytes)
        return fail(bytes.error());
    auto manifest = protocol::parseManifest(*bytes);
    if (!manifest)
        return fail(ErrorKind::Corrupt, QStringLiteral("%1 is no manifest: %2").arg(name.manifestPath(), manifest.error().text()));
    if (manifest->name.id() != name.id())
        return fail(ErrorKind::Corrupt, QStringLiteral("%1 is the manifest of %2").arg(name.manifestPath(), manifest->name.id()));
    return StoredManifest{std::move(*manifest), Sha256::of(*bytes)};
}

DiskResult<void> writeManifest(SegmentDisk &disk, const QString &folder, const protocol::SegmentName &name, const QByteArray &json)
{
    const QString shown = folder + u'/' + name.manifestPath();
    const auto failed = [&shown](std::int64_t negative) {
        return tl::unexpected<DiskError>({static_cast<int>(-negative), QStringLiteral("%1 cannot be written").arg(shown)});
    };
    const int in = disk.openAt(AT_FDCWD, QFile::encodeName(folder + u'/' + name.folder()), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (in < 0)
        return failed(in);
    const OpenFile above(disk, in);
    const QByteArray finished = QFile::encodeName(name.manifestPath().section(u'/', -1));
    const QByteArray unfinished = finished + kNew.toLatin1();
    const int made = disk.openAt(in, unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, SegmentFile::kFileMode);
    if (made < 0)
        return failed(made);
    {
        const OpenFile file(disk, made);
        std::span<const std::uint8_t> rest(reinterpret_cast<const std::uint8_t *>(json.constData()), static_cast<std::size_t>(json.size()));
        while (!rest.empty()) {
            const std::int64_t written = disk.write(made, rest);
            if (written <= 0)
                return failed(written == 0 ? -EIO : written);
            rest = rest.subspan(static_cast<std::size_t>(written));
        }
        if (const int synced = disk.sync(made); synced < 0)
            return failed(synced);
    }
    if (const int renamed = disk.renameAt(in, unfinished, finished); renamed < 0)
        return failed(renamed);
    if (const int synced = disk.sync(in); synced < 0)
        return failed(synced);
    return {};
}

bool isUnfinishedManifest(const QString &path)
{
    return path.endsWith(kNew) && protocol::parseManifestPath(path.chopped(kNew.size())).has_value();
}

} // namespace vedette::agent
