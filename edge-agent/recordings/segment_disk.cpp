// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/segment_disk.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vedette::agent {
namespace {

template <typename Call>
auto retried(Call call) -> decltype(call())
{
    decltype(call()) result;
    do
        result = call();
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

class LinuxSegmentDisk final : public SegmentDisk {
public:
    int openAt(int folder, const QByteArray &name, int flags, unsigned mode) override
    {
        return retried([&] { return ::openat(folder, name.constData(), flags, mode); });
    }
    int makeFolderAt(int folder, const QByteArray &name, unsigned mode) override
    {
        return retried([&] { return ::mkdirat(folder, name.constData(), mode); });
    }
    std::int64_t write(int file, std::span<const std::uint8_t> bytes) override
    {
        return retried([&] { return ::write(file, bytes.data(), bytes.size()); });
    }
    std::int64_t readAt(int file, std::span<std::uint8_t> bytes, std::int64_t offset) override
    {
        return retried([&] { return ::pread(file, bytes.data(), bytes.size(), offset); });
    }
    int truncate(int file, std::int64_t size) override
    {
        return retried([&] { return ::ftruncate(file, size); });
    }
    int renameAt(int folder, const QByteArray &from, const QByteArray &to) override
    {
        return retried([&] { return ::renameat(folder, from.constData(), folder, to.constData()); });
    }
    int sync(int file) override
    {
        return retried([&] { return ::fsync(file); });
    }
    int syncData(int file) override
    {
        return retried([&] { return ::fdatasync(file); });
    }
    std::int64_t size(int file) override
    {
        struct stat about {};
        return ::fstat(file, &about) < 0 ? -errno : about.st_size;
    }
    int links(int file) override
    {
        struct stat about {};
        return ::fstat(file, &about) < 0 ? -errno : static_cast<int>(about.st_nlink);
    }
    int close(int file) override
    {
        return ::close(file) < 0 ? -errno : 0; // not again after EINTR: Linux has closed it
    }
};

} // namespace

SegmentDisk &linuxSegmentDisk()
{
    static LinuxSegmentDisk disk;
    return disk;
}

protocol::GapReason DiskError::reason() const
{
    return number == ENOSPC || number == EDQUOT ? protocol::GapReason::DiskFull : protocol::GapReason::IoError;
}

Error DiskError::error() const
{
    return {ErrorKind::Unavailable, QStringLiteral("%1: %2").arg(what, QString::fromLocal8Bit(std::strerror(number))), nullptr};
}

} // namespace vedette::agent
