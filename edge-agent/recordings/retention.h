// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/recordings/retention_rows.h"

#include <functional>

namespace vedette::agent {

/// How long recordings are kept; 0: without this rule.
struct RetentionRules {
    std::chrono::days maxAge{0};
    std::int64_t maxBytes = 0;     ///< of all media files together
    std::int64_t minFreeBytes = 0; ///< that the file system keeps free for others
    std::int64_t ballastBytes = 0; ///< in a file that is given up where the disk is full all the same
    bool operator==(const RetentionRules &) const = default;
};

/// Bytes that a program without privileges may still write: statvfs(3). The seam where a test fills the disk.
using FreeSpace = std::function<Result<std::int64_t>(const QString &folder)>;
Result<std::int64_t> freeSpace(const QString &folder);
/// Bytes of the whole file system.
Result<std::int64_t> diskSize(const QString &folder);

/// Removes recorded files by age, by size and by the floor of free space: rows first, then files, so that a crash in between
/// leaves nothing behind. Age counts back from the newest recording, so that a wrong clock alone removes nothing. Keeps a
/// ballast file so that the catalog can still be written on a full disk: without it nothing could be removed any more.
/// The manifest of what went outlives it by kManifestAge. Thread-bound, like the rows.
class Retention {
public:
    static constexpr auto kBallastName = "ballast";
    static constexpr std::chrono::days kManifestAge{400}; ///< back from the newest recording
    static constexpr int kMostAtOnce = 16; ///< files in one round: removing them may take seconds on a slow card

    Retention(CatalogRows &rows, QString folder, RetentionRules rules, FreeSpace freeSpace);

    /// One round; returns how many files went: kMostAtOnce means that there may be more. now: for protections that end.
    Result<int> enforce(UtcTime now);
    /// The disk is full: gives the ballast up until there is room again. True when there was one.
    bool dropBallast();

private:
    /// As it will be when what this round has condemned is gone, bytes.
    struct Room {
        std::int64_t used = 0;
        std::int64_t free = 0;
    };
    Result<Room> room();
    /// What has to go and by which rule; empty: all rules are kept.
    Result<std::optional<std::pair<protocol::Recording, QString>>> next(UtcTime now, const Room &room);
    Status expireManifests();
    void keepBallast(std::int64_t free);

    CatalogRows &m_rows;
    const QString m_folder;
    const RetentionRules m_rules;
    const FreeSpace m_freeSpace;
};

} // namespace vedette::agent
