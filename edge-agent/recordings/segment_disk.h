// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/protocol/coverage.h"

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <span>
#include <utility>

namespace vedette::agent {

/// The system calls below recorded files: the lowest seam, where a test makes the N-th of them fail. Each answers as the
/// call of its name does, but with the negative errno instead of -1, and is not cut short by a signal. Thread-safe.
class SegmentDisk {
public:
    virtual ~SegmentDisk() = default;
    virtual int openAt(int folder, const QByteArray &name, int flags, unsigned mode) = 0;
    virtual int makeFolderAt(int folder, const QByteArray &name, unsigned mode) = 0;
    virtual std::int64_t write(int file, std::span<const std::uint8_t> bytes) = 0;
    virtual std::int64_t readAt(int file, std::span<std::uint8_t> bytes, std::int64_t offset) = 0;
    virtual int truncate(int file, std::int64_t size) = 0;
    virtual int renameAt(int folder, const QByteArray &from, const QByteArray &to) = 0; ///< within the folder
    virtual int sync(int file) = 0;     ///< fsync(2); of folders, too
    virtual int syncData(int file) = 0; ///< fdatasync(2)
    virtual std::int64_t size(int file) = 0;
    virtual int links(int file) = 0;    ///< names that the file has; 0: it was removed
    virtual int close(int file) = 0;
};

/// The kernel's.
SegmentDisk &linuxSegmentDisk();

/// What failed on a disk.
struct DiskError {
    int number = 0; ///< errno
    QString what;   ///< "recordings/camera-gate/… cannot be written"

    /// What the coverage ledger calls it: DiskFull, or IoError for everything else.
    protocol::GapReason reason() const;
    Error error() const;
};
template <typename T>
using DiskResult = tl::expected<T, DiskError>;

/// A descriptor that is closed.
class OpenFile {
public:
    OpenFile(SegmentDisk &disk, int file) : m_disk(&disk), m_file(file) {}
    ~OpenFile() { reset(); }
    OpenFile(OpenFile &&other) noexcept : m_disk(other.m_disk), m_file(std::exchange(other.m_file, -1)) {}
    OpenFile &operator=(OpenFile &&other) noexcept
    {
        reset();
        m_disk = other.m_disk;
        m_file = std::exchange(other.m_file, -1);
        return *this;
    }
    int get() const { return m_file; }

private:
    void reset()
    {
        if (m_file >= 0)
            m_disk->close(std::exchange(m_file, -1));
    }
    SegmentDisk *m_disk;
    int m_file;
};

} // namespace vedette::agent
