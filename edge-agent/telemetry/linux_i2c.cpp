// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/linux_i2c.h"

#include <QFile>

#include <linux/i2c-dev.h>
#include <linux/i2c.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace vedette::agent {
namespace {

Status transfer(int file, i2c_msg *messages, unsigned count, quint8 address)
{
    i2c_rdwr_ioctl_data data{messages, count};
    if (::ioctl(file, I2C_RDWR, &data) >= 0)
        return {};
    return fail(ErrorKind::Unavailable, QStringLiteral("I2C address 0x%1: %2.")
                                            .arg(address, 2, 16, QLatin1Char('0'))
                                            .arg(QString::fromLocal8Bit(std::strerror(errno))));
}

} // namespace

Result<std::unique_ptr<LinuxI2c>> LinuxI2c::open(const QString &device)
{
    const int file = ::open(QFile::encodeName(device).constData(), O_RDWR | O_CLOEXEC);
    if (file >= 0)
        return std::unique_ptr<LinuxI2c>(new LinuxI2c(file));
    const ErrorKind kind = errno == EACCES || errno == EPERM ? ErrorKind::Denied : ErrorKind::NotFound;
    return fail(kind, QStringLiteral("%1: %2.").arg(device, QString::fromLocal8Bit(std::strerror(errno))));
}

LinuxI2c::~LinuxI2c()
{
    ::close(m_file);
}

Result<QByteArray> LinuxI2c::readRegisters(quint8 address, quint8 firstRegister, int count)
{
    QByteArray bytes(count, '\0');
    std::array<i2c_msg, 2> messages{{{address, 0, 1, &firstRegister},
                                     {address, I2C_M_RD, static_cast<__u16>(count), reinterpret_cast<__u8 *>(bytes.data())}}};
    if (auto done = transfer(m_file, messages.data(), messages.size(), address); !done)
        return fail(done.error());
    return bytes;
}

Status LinuxI2c::writeRegister(quint8 address, quint8 reg, quint8 value)
{
    std::array<__u8, 2> bytes{reg, value};
    i2c_msg message{address, 0, bytes.size(), bytes.data()};
    return transfer(m_file, &message, 1, address);
}

} // namespace vedette::agent
