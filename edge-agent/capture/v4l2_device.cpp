// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/v4l2_device.h"

#include <QDir>
#include <QFile>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace vedette::agent {
namespace {

class LinuxDevice final : public V4l2Device {
public:
    explicit LinuxDevice(int file) : m_file(file) {}
    ~LinuxDevice() override
    {
        for (const auto &[address, length] : m_maps)
            ::munmap(address, length);
        ::close(m_file);
    }

    int control(unsigned long request, void *argument) override
    {
        int code = 0;
        do {
            code = ::ioctl(m_file, request, argument);
        } while (code < 0 && errno == EINTR);
        return code < 0 ? errno : 0;
    }

    std::span<const std::uint8_t> map(std::uint32_t offset, std::size_t length) override
    {
        void *address = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, m_file, static_cast<off_t>(offset));
        if (address == MAP_FAILED)
            return {};
        m_maps.emplace_back(address, length);
        return {static_cast<const std::uint8_t *>(address), length};
    }

    FileWaiter::Outcome wait(milliseconds limit, const std::stop_token &stop) override
    {
        return m_waiter.wait(std::span(&m_file, 1), limit, stop);
    }

private:
    const int m_file;
    FileWaiter m_waiter;
    std::vector<std::pair<void *, std::size_t>> m_maps;
};

class LinuxSystem final : public V4l2System {
public:
    QStringList paths() const override
    {
        const QDir folder(QStringLiteral("/dev"));
        QStringList names = folder.entryList({QStringLiteral("video*")}, QDir::System | QDir::Files);
        std::sort(names.begin(), names.end(), [](const QString &a, const QString &b) { return a.mid(5).toInt() < b.mid(5).toInt(); });
        for (QString &name : names)
            name = folder.filePath(name);
        return names;
    }

    tl::expected<std::unique_ptr<V4l2Device>, int> open(const QString &path) override
    {
        const int file = ::open(QFile::encodeName(path).constData(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (file < 0)
            return tl::unexpected(errno);
        return std::make_unique<LinuxDevice>(file);
    }
};

} // namespace

V4l2System &linuxV4l2()
{
    static LinuxSystem system;
    return system;
}

} // namespace vedette::agent
