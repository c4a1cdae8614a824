// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/folder_tree.h"

#include "core/recordings/file_name.h"

#include <QFile>

#include <cerrno>
#include <dirent.h>
#include <memory>
#include <sys/stat.h>

namespace vedette::recordings {
namespace {

constexpr std::chrono::seconds kSettled{3}; // FAT tells times by two seconds
constexpr qsizetype kMostProblems = 100;

QString below(const QString &folder, const QString &name)
{
    return folder.isEmpty() ? name : folder + u'/' + name;
}

} // namespace

/// False when it cannot be read; errno says why.
bool FolderTree::readFolder(const QByteArray &path, const QString &folder, Folder &into)
{
    const std::unique_ptr<DIR, int (*)(DIR *)> dir(::opendir(path.constData()), &::closedir);
    if (!dir)
        return false;
    while (const dirent *each = ::readdir(dir.get())) {
        if (each->d_name[0] == '.')
            continue;
        const QString name = QFile::decodeName(each->d_name);
        unsigned char type = each->d_type;
        if (type == DT_LNK || type == DT_UNKNOWN) {
            struct stat about{};
            if (::stat((path + '/' + each->d_name).constData(), &about) != 0)
                continue; // leads nowhere
            type = S_ISDIR(about.st_mode) ? DT_DIR : S_ISREG(about.st_mode) ? DT_REG : DT_UNKNOWN;
        }
        if (type == DT_DIR)
            into.folders.append(below(folder, name));
        else if (type == DT_REG && isMediaName(name))
            into.files.append(below(folder, name));
    }
    into.folders.sort();
    into.files.sort();
    return true;
}

Result<bool> FolderTree::visit(const QString &folder, int depth, const std::stop_token &stop)
{
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
    const QByteArray path = QFile::encodeName(folder.isEmpty() ? m_root : m_root + u'/' + folder);
    const auto refuse = [&](int code) -> Result<bool> {
        const QString sentence = QStringLiteral("%1 cannot be listed: %2").arg(QFile::decodeName(path), qt_error_string(code));
        if (folder.isEmpty())
            return fail(code == ENOENT || code == ENOTDIR ? ErrorKind::NotFound : code == EACCES ? ErrorKind::Denied : ErrorKind::Unavailable, sentence);
        if (m_problems.size() < kMostProblems)
            m_problems.append(sentence);
        return m_before.contains(folder);
    };
    struct stat about{};
    if (::stat(path.constData(), &about) != 0)
        return refuse(errno);
    if (!m_seen.emplace(about.st_dev, about.st_ino).second)
        return false;
    const UtcTime changed{std::chrono::seconds{about.st_mtim.tv_sec} + microseconds{about.st_mtim.tv_nsec / 1000}};
    const auto before = m_before.find(folder);
    Folder now;
    bool same = before != m_before.end() && before->second.settled && before->second.changed == changed;
    if (same) {
        now = before->second;
    } else {
        now.changed = changed;
        now.settled = SystemClock().utcNow() - changed > kSettled;
        if (!readFolder(path, folder, now))
            return refuse(errno);
        same = before != m_before.end() && before->second.files == now.files && before->second.folders == now.folders;
    }
    if (m_count + static_cast<std::size_t>(now.files.size()) > m_mostFiles) {
        m_problems.append(QStringLiteral("%1 holds more than %2 files; the rest is left out").arg(m_root).arg(m_mostFiles));
        now.files.clear();
    }
    m_count += static_cast<std::size_t>(now.files.size());
    const QStringList folders = now.folders;
    m_folders.insert_or_assign(folder, std::move(now));
    bool other = !same;
    for (const QString &each : folders) {
        if (depth >= m_mostDepth)
            break;
        const auto changedBelow = visit(each, depth + 1, stop);
        if (!changedBelow)
            return changedBelow;
        other = other || *changedBelow;
    }
    return other;
}

Result<bool> FolderTree::refresh(std::stop_token stop)
{
    m_before.swap(m_folders);
    m_folders.clear();
    m_seen.clear();
    m_problems.clear();
    m_count = 0;
    auto other = visit({}, 0, stop);
    if (!other)
        m_folders.swap(m_before);
    m_before.clear();
    return other;
}

QStringList FolderTree::files() const
{
    QStringList all;
    for (const auto &[path, folder] : m_folders)
        all += folder.files;
    return all;
}

} // namespace vedette::recordings
