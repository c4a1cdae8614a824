// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <cstddef>
#include <memory>
#include <optional>

namespace vedette::media {

/// Numbers the pictures of an H.264 or H.265 stream in the order in which they are shown, while they come in the order in
/// which they are decoded: by the picture order count of the slices (H.264 8.2.1, H.265 8.3.1), which tells at once how
/// many pictures will still come before this one. Never waits. Thread-bound.
class PictureOrder {
public:
    static constexpr int kRoom = 16; ///< H.264 and H.265: no picture is shown before more than 16 decoded earlier

    /// parameterSets: Annex B, for a stream that has none in band.
    explicit PictureOrder(Bytes parameterSets = {});
    ~PictureOrder();

    /// Rises in the order of presentation, by one where no picture is missing; the first is 0, and those shown before it
    /// are negative. Empty while the stream is known not to reorder: then the order of arrival is that of presentation.
    std::optional<std::int64_t> next(const Packet &packet);
    /// How many pictures may be decoded before one that is shown earlier, as the stream says; empty: it does not.
    std::optional<std::size_t> depth() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
