// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/byte_source.h"

#include <QByteArray>

#include <algorithm>
#include <cstring>
#include <memory>

namespace vedette::test {

/// A file in memory of which a part is there so far; counts how it is read.
class MemoryBytes final : public media::ByteSource {
public:
    struct Shared {
        QByteArray bytes;
        std::int64_t there = -1;   ///< bytes of it that are written; -1: all, and it does not grow
        int reads = 0;
        std::int64_t given = 0;
        int failAt = -1;           ///< this read and all after it fail
    };
    explicit MemoryBytes(std::shared_ptr<Shared> file) : m_file(std::move(file)) { m_size = now(); }
    explicit MemoryBytes(const QByteArray &bytes) : MemoryBytes(std::make_shared<Shared>(Shared{bytes})) {}

    std::int64_t size() const override { return m_size; }
    bool growing() const override { return m_file->there >= 0; }
    Status refresh(std::stop_token) override
    {
        m_size = now();
        return {};
    }
    Result<std::size_t> read(std::int64_t offset, std::span<std::uint8_t> into, std::stop_token stop) override
    {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, QStringLiteral("stopped"));
        if (m_file->failAt >= 0 && m_file->reads >= m_file->failAt)
            return fail(ErrorKind::Unavailable, QStringLiteral("gone"));
        ++m_file->reads;
        const std::int64_t count = std::clamp<std::int64_t>(m_size - offset, 0, static_cast<std::int64_t>(into.size()));
        if (count > 0)
            std::memcpy(into.data(), m_file->bytes.constData() + offset, static_cast<std::size_t>(count));
        m_file->given += count;
        return static_cast<std::size_t>(count);
    }

private:
    std::int64_t now() const { return m_file->there >= 0 ? m_file->there : m_file->bytes.size(); }

    std::shared_ptr<Shared> m_file;
    std::int64_t m_size = 0;
};

} // namespace vedette::test
