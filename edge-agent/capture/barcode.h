// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <array>
#include <cstdint>
#include <optional>

namespace vedette::agent {

/// What the strip on top of a synthetic picture tells a program.
struct Barcode {
    std::uint32_t frame = 0;
    std::int64_t capturedMs = 0; ///< UTC, milliseconds since 1970, 48 bits; 0 while the time is unknown
    bool operator==(const Barcode &) const = default;
};

/// 96 cells of equal width, black or white, left to right: sync 0xb4 · frame u32 · capturedMs u48 · CRC-8 (polynomial
/// 0x07) over those ten bytes, all big endian, high bit first. The strip is the upper 1/20 of the picture (even, at least
/// 8 lines), so it is found again at any scale. Pure and reentrant.
inline constexpr int kBarcodeCells = 96;
inline constexpr std::uint8_t kBarcodeSync = 0xb4;

using BarcodeCells = std::array<bool, kBarcodeCells>; ///< true: white
BarcodeCells barcodeCells(const Barcode &barcode);
int barcodeHeight(int pictureHeight);

/// Draws into an 8-bit luma plane.
void drawBarcode(const Barcode &barcode, std::uint8_t *luma, int stride, int width, int height);
/// Reads it from a whole picture's luma plane (or any 8-bit grey), at any scale of at least 2 pixels a cell. Empty when
/// there is none, or the CRC does not fit.
std::optional<Barcode> readBarcode(const std::uint8_t *luma, int stride, int width, int height);

} // namespace vedette::agent
