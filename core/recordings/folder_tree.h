// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QString>
#include <QStringList>

#include <map>
#include <set>
#include <stop_token>

namespace vedette::recordings {

/// The media files in a folder and below. A folder is read again only when its time of change is another, or so young that a
/// further change would not show. Links to folders are followed, each folder once. Thread-bound.
class FolderTree {
public:
    FolderTree(QString root, std::size_t mostFiles, int mostDepth) : m_root(std::move(root)), m_mostFiles(mostFiles), m_mostDepth(mostDepth) {}

    /// True when the files are others than before. Of the root: NotFound, Denied, Unavailable; Cancelled. A folder below
    /// that cannot be read has no files.
    Result<bool> refresh(std::stop_token stop);
    /// Paths below the root.
    QStringList files() const;
    /// One sentence for each folder that cannot be read, and when files were left out.
    const QStringList &problems() const { return m_problems; }

private:
    struct Folder {
        UtcTime changed{};
        bool settled = false;   ///< was old enough when it was read
        QStringList files;
        QStringList folders;
    };
    Result<bool> visit(const QString &folder, int depth, const std::stop_token &stop);
    bool readFolder(const QByteArray &path, const QString &folder, Folder &into);

    const QString m_root;
    const std::size_t m_mostFiles;
    const int m_mostDepth;
    std::map<QString, Folder> m_folders;     ///< by path below the root, "" itself
    std::map<QString, Folder> m_before;      ///< during refresh()
    std::set<std::pair<std::uint64_t, std::uint64_t>> m_seen; ///< device and inode
    std::size_t m_count = 0;
    QStringList m_problems;
};

} // namespace vedette::recordings
