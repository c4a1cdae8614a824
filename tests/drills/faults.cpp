// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into an agent by the drills: what the kernel, the disk and the clock do to a program, without hurting the
// machine. DRILL_CONTROL names a file that is read like memory: an errno that every change below DRILL_FOLDER fails with
// (0: none), and how far the wall clock is set. With DRILL_LOG each change that succeeded is appended there in the order in
// which the kernel made them, so that a power cut at any of them can be replayed.
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

struct Control {
    std::int64_t clockMicros; ///< added to CLOCK_REALTIME
    std::int32_t error;       ///< errno of changes below the folder; 0: none
};

const volatile Control &control()
{
    static const Control none{};
    static const Control *const mapped = [] {
        const char *path = std::getenv("DRILL_CONTROL");
        const long file = path ? ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
        void *memory = file < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(Control), PROT_READ, MAP_SHARED, static_cast<int>(file), 0);
        return memory == MAP_FAILED ? &none : static_cast<const Control *>(memory);
    }();
    return *mapped;
}

const std::string &folder()
{
    static const std::string path = std::getenv("DRILL_FOLDER") ? std::getenv("DRILL_FOLDER") : "/nowhere";
    return path;
}

bool inside(const std::string &path)
{
    return path.compare(0, folder().size(), folder()) == 0 && (path.size() == folder().size() || path[folder().size()] == '/');
}

std::string pathOf(int file)
{
    char target[4096];
    const ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), target, sizeof target);
    return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

std::string pathAt(int directory, const char *name)
{
    if (name[0] == '/')
        return name;
    return (directory == AT_FDCWD ? std::string() : pathOf(directory) + '/') + name;
}

std::recursive_mutex order; // of changes and the log

/// One record: kind, time, offset, lengths of what follows: path, other path, bytes.
void note(char kind, const std::string &path, std::int64_t offset = 0, const void *bytes = nullptr, std::size_t count = 0, const std::string &other = {})
{
    static const long log = [] {
        const char *path = std::getenv("DRILL_LOG");
        return path ? ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1L;
    }();
    if (log < 0 || !inside(path))
        return;
    timespec now{};
    ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    struct [[gnu::packed]] {
        char kind;
        std::int64_t micros;
        std::int64_t offset;
        std::uint32_t path, other, bytes;
    } const head{kind, now.tv_sec * 1'000'000LL + now.tv_nsec / 1000, offset, static_cast<std::uint32_t>(path.size()),
                 static_cast<std::uint32_t>(other.size()), static_cast<std::uint32_t>(count)};
    std::string record(reinterpret_cast<const char *>(&head), sizeof head);
    record.append(path).append(other).append(static_cast<const char *>(bytes), count);
    (void)::syscall(SYS_write, log, record.data(), record.size());
}

/// Whether the change fails; errno says why.
bool refused(const std::string &path)
{
    const int error = control().error;
    if (error == 0 || !inside(path))
        return false;
    errno = error;
    return true;
}

int openFile(int directory, const char *name, int flags, mode_t mode)
{
    const std::string path = pathAt(directory, name);
    std::lock_guard lock(order);
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0 && refused(path))
        return -1;
    const long file = ::syscall(SYS_openat, directory, name, flags, mode);
    if (file >= 0 && (flags & O_CREAT) != 0)
        note('C', path);
    if (file >= 0 && (flags & O_TRUNC) != 0)
        note('T', path);
    return static_cast<int>(file);
}

mode_t modeOf(int flags, va_list arguments)
{
    return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

ssize_t writeAt(int file, const void *bytes, std::size_t count, off_t offset, bool positioned)
{
    const std::string path = pathOf(file);
    if (!inside(path))
        return positioned ? ::syscall(SYS_pwrite64, file, bytes, count, offset) : ::syscall(SYS_write, file, bytes, count);
    std::lock_guard lock(order);
    if (refused(path))
        return -1;
    const long written = positioned ? ::syscall(SYS_pwrite64, file, bytes, count, offset) : ::syscall(SYS_write, file, bytes, count);
    if (written > 0)
        note('W', path, positioned ? offset : ::lseek(file, 0, SEEK_CUR) - written, bytes, static_cast<std::size_t>(written));
    return written;
}

int changeFile(long number, char kind, int file, off_t length)
{
    const std::string path = pathOf(file);
    if (!inside(path))
        return static_cast<int>(::syscall(number, file, length));
    std::lock_guard lock(order);
    if (refused(path))
        return -1;
    const long done = ::syscall(number, file, length);
    if (done == 0)
        note(kind, path, length);
    return static_cast<int>(done);
}

int renameAt(int from, const char *old, int to, const char *name, unsigned flags)
{
    const std::string path = pathAt(from, old);
    const std::string other = pathAt(to, name);
    std::lock_guard lock(order);
    if (refused(path) || refused(other))
        return -1;
    const long done = ::syscall(SYS_renameat2, from, old, to, name, flags);
    if (done == 0)
        note('R', path, 0, nullptr, 0, other);
    return static_cast<int>(done);
}

} // namespace

extern "C" {

int open(const char *name, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = modeOf(flags, arguments);
    va_end(arguments);
    return openFile(AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) __attribute__((alias("open")));
int openat(int directory, const char *name, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = modeOf(flags, arguments);
    va_end(arguments);
    return openFile(directory, name, flags, mode);
}
int openat64(int directory, const char *name, int flags, ...) __attribute__((alias("openat")));
int mkdirat(int directory, const char *name, mode_t mode)
{
    const std::string path = pathAt(directory, name);
    std::lock_guard lock(order);
    if (refused(path))
        return -1;
    const long done = ::syscall(SYS_mkdirat, directory, name, mode);
    if (done == 0)
        note('M', path);
    return static_cast<int>(done);
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }
int unlinkat(int directory, const char *name, int flags)
{
    const std::string path = pathAt(directory, name);
    std::lock_guard lock(order);
    if (refused(path))
        return -1;
    const long done = ::syscall(SYS_unlinkat, directory, name, flags);
    if (done == 0)
        note('U', path);
    return static_cast<int>(done);
}
int unlink(const char *name) noexcept { return unlinkat(AT_FDCWD, name, 0); }
int renameat2(int from, const char *old, int to, const char *name, unsigned flags) noexcept { return renameAt(from, old, to, name, flags); }
int renameat(int from, const char *old, int to, const char *name) noexcept { return renameAt(from, old, to, name, 0); }
int rename(const char *old, const char *name) noexcept { return renameAt(AT_FDCWD, old, AT_FDCWD, name, 0); }
ssize_t write(int file, const void *bytes, std::size_t count) { return writeAt(file, bytes, count, 0, false); }
ssize_t pwrite(int file, const void *bytes, std::size_t count, off_t offset) { return writeAt(file, bytes, count, offset, true); }
ssize_t pwrite64(int file, const void *bytes, std::size_t count, off_t offset) __attribute__((alias("pwrite")));
int ftruncate(int file, off_t length) noexcept { return changeFile(SYS_ftruncate, 'T', file, length); }
int ftruncate64(int file, off_t length) noexcept __attribute__((alias("ftruncate")));
int fsync(int file) { return changeFile(SYS_fsync, 'S', file, 0); }
int fdatasync(int file) { return changeFile(SYS_fdatasync, 'S', file, 0); }
int posix_fallocate(int file, off_t offset, off_t length)
{
    const std::string path = pathOf(file);
    std::lock_guard lock(order);
    if (refused(path))
        return errno;
    if (::syscall(SYS_fallocate, file, 0, offset, length) != 0)
        return errno;
    note('A', path, offset + length);
    return 0;
}
int posix_fallocate64(int file, off_t offset, off_t length) __attribute__((alias("posix_fallocate")));

int clock_gettime(clockid_t id, timespec *time) noexcept
{
    const int done = static_cast<int>(::syscall(SYS_clock_gettime, id, time));
    if (done == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        const std::int64_t nanos = time->tv_nsec + control().clockMicros % 1'000'000 * 1000;
        time->tv_sec += control().clockMicros / 1'000'000 + (nanos < 0 ? -1 : nanos / 1'000'000'000);
        time->tv_nsec = nanos < 0 ? nanos + 1'000'000'000 : nanos % 1'000'000'000;
    }
    return done;
}
int gettimeofday(timeval *time, void *) noexcept
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    *time = {now.tv_sec, now.tv_nsec / 1000};
    return 0;
}
time_t time(time_t *out) noexcept
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return out ? *out = now.tv_sec : now.tv_sec;
}
}
