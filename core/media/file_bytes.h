// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/byte_source.h"

#include <QString>

#include <memory>

namespace vedette::media {

/// A file of this machine, opened to be read and nothing else. It may grow while it was written to a moment ago.
class FileBytes final : public ByteSource {
public:
    static constexpr std::chrono::seconds kStill{10}; ///< so long after the last write it is taken to be complete

    /// NotFound, Denied, Unavailable (anything else the system says), Unsupported where it is no regular file; all name it.
    static Result<std::unique_ptr<FileBytes>> open(const QString &path);
    ~FileBytes() override;

    std::int64_t size() const override { return m_size; }
    bool growing() const override { return m_growing; }
    Status refresh(std::stop_token stop) override;
    Result<std::size_t> read(std::int64_t offset, std::span<std::uint8_t> into, std::stop_token stop) override;
    UtcTime modified() const { return m_modified; }

private:
    FileBytes(QString path, int file) : m_path(std::move(path)), m_file(file) {}

    const QString m_path;
    const int m_file;
    std::int64_t m_size = 0;
    UtcTime m_modified{};
    bool m_growing = false;
};

} // namespace vedette::media
