// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <span>
#include <stop_token>

namespace vedette::media {

/// The bytes of one media file at any offset, wherever it lies (a disk, an HTTP server with ranges). Blocking.
/// Thread-bound to its user.
class ByteSource {
public:
    virtual ~ByteSource() = default;

    /// Bytes there are, as far as known; of a file that grows it rises with refresh().
    virtual std::int64_t size() const = 0;
    /// Whether the file may still grow.
    virtual bool growing() const { return false; }
    /// Looks again how far a growing file has come.
    virtual Status refresh(std::stop_token) { return {}; }
    /// At least one byte from offset on, at most into.size(); 0 at the end. Unavailable, Timeout, NotFound (gone
    /// meanwhile), Corrupt (other bytes than were asked for), Cancelled.
    virtual Result<std::size_t> read(std::int64_t offset, std::span<std::uint8_t> into, std::stop_token stop) = 0;
};

} // namespace vedette::media
