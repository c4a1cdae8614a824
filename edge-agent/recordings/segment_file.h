// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "edge-agent/recordings/segment_disk.h"

#include <memory>

namespace vedette::agent {

/// One recorded file while it is written: bytes are the kernel's at once, the disk's at least every kSyncEvery. After a
/// failure it may only be given up. Thread-bound to its user; without close() it is closed unsynced.
class SegmentFile {
public:
    static constexpr milliseconds kSyncEvery{4'000}; ///< a power cut may cost 5 s
    static constexpr unsigned kFileMode = 0640;
    static constexpr unsigned kFolderMode = 0750;

    /// Makes the file, which must not exist, nor a manifest of its name, which outlives it (EEXIST), and the folders of its path below folder, which must (a disk that is
    /// not mounted is not written beside), and syncs each folder that it changes. Follows no symbolic link below folder.
    static DiskResult<std::unique_ptr<SegmentFile>> create(SegmentDisk &disk, const Clock &clock, const QString &folder, const QString &path);

    /// All of them, or the failure.
    DiskResult<void> write(std::span<const std::uint8_t> bytes);
    /// Syncs when that is due. ENOENT when the file has been removed meanwhile.
    DiskResult<void> keep();
    /// Syncs the file, then its folder.
    DiskResult<void> close();
    std::uint64_t bytes() const { return m_bytes; }

private:
    SegmentFile(SegmentDisk &disk, const Clock &clock, QString shown, OpenFile folder, OpenFile file)
        : m_disk(disk), m_clock(clock), m_shown(std::move(shown)), m_folder(std::move(folder)), m_file(std::move(file)), m_synced(clock.now())
    {
    }
    DiskResult<void> checkNamed() const;

    SegmentDisk &m_disk;
    const Clock &m_clock;
    const QString m_shown;
    OpenFile m_folder; ///< the one that the file is in
    OpenFile m_file;
    std::uint64_t m_bytes = 0;
    MonoTime m_synced{};
};

} // namespace vedette::agent
