// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"

namespace vedette::media {

/// A picture as a GPU can draw it without the CPU's help: 8-bit planes, borrowed from their Frame, and what their
/// samples mean. Two planes when Cb and Cr lie interleaved in the second (NV12), else three.
struct Planes {
    struct Plane {
        const std::uint8_t *data = nullptr;
        int stride = 0;          ///< samples to the next row
        int width = 0;           ///< samples
        int height = 0;
    };
    std::array<Plane, 3> planes;
    int count = 3;
    std::array<float, 2> chroma{1, 1};   ///< size of a chroma plane against luma, such as 0.5
    /// R, G and B (0 to 1) = matrix (row by row) × (Y, Cb, Cr as sampled, 0 to 1) + offset.
    std::array<float, 9> matrix{};
    std::array<float, 3> offset{};
};

/// Empty for every other layout (more than 8 bits, RGB, grey, bottom up) and matrix: those go through Scaler.
std::optional<Planes> planesOf(const Frame &frame);

} // namespace vedette::media
