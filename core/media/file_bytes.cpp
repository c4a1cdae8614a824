// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/file_bytes.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vedette::media {
namespace {

Error fileError(const QString &path, int code)
{
    const ErrorKind kind = code == ENOENT || code == ENOTDIR ? ErrorKind::NotFound : code == EACCES || code == EPERM ? ErrorKind::Denied : ErrorKind::Unavailable;
    return {kind, QStringLiteral("%1 cannot be read: %2").arg(path, qt_error_string(code)), nullptr};
}

} // namespace

Result<std::unique_ptr<FileBytes>> FileBytes::open(const QString &path)
{
    // Without waiting: the name may be a pipe's.
    const int file = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return fail(fileError(path, errno));
    std::unique_ptr<FileBytes> bytes(new FileBytes(path, file));
    if (const Status there = bytes->refresh({}); !there)
        return fail(there.error());
    return bytes;
}

FileBytes::~FileBytes()
{
    ::close(m_file);
}

Status FileBytes::refresh(std::stop_token)
{
    struct stat about{};
    if (::fstat(m_file, &about) != 0)
        return fail(fileError(m_path, errno));
    if (!S_ISREG(about.st_mode))
        return fail(ErrorKind::Unsupported, QStringLiteral("%1 is no file").arg(m_path));
    m_size = about.st_size;
    m_modified = UtcTime{std::chrono::seconds{about.st_mtim.tv_sec} + microseconds{about.st_mtim.tv_nsec / 1000}};
    const auto still = SystemClock().utcNow() - m_modified;
    m_growing = still < kStill && still > -kStill;
    return {};
}

Result<std::size_t> FileBytes::read(std::int64_t offset, std::span<std::uint8_t> into, std::stop_token stop)
{
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
    for (;;) {
        const ssize_t got = ::pread(m_file, into.data(), into.size(), offset);
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno != EINTR)
            return fail(fileError(m_path, errno));
    }
}

} // namespace vedette::media
