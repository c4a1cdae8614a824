// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vedette::agent {

struct PictureSize {
    int width = 0;
    int height = 0;
    bool operator==(const PictureSize &) const = default;
};

/// The size to encode a source at: inside the limits (0: none), its shape kept, never enlarged, both sides even, at
/// least 16.
PictureSize fitInside(PictureSize source, PictureSize limit);

} // namespace vedette::agent
