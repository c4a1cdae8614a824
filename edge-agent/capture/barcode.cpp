// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/barcode.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace vedette::agent {
namespace {

constexpr std::uint8_t kBlack = 16;  // limited range
constexpr std::uint8_t kWhite = 235;
constexpr double kMinContrast = 40;  // of 219; less is no strip but a picture

using Bytes = std::array<std::uint8_t, kBarcodeCells / 8>;

std::uint8_t crc8(std::span<const std::uint8_t> bytes)
{
    std::uint8_t crc = 0;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = static_cast<std::uint8_t>(crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1);
    }
    return crc;
}

int cellBegin(int cell, int width)
{
    return static_cast<int>(std::int64_t{cell} * width / kBarcodeCells);
}

/// Mean luma of the middle of a cell, where neither neighbours nor the picture below shine in.
double cellLevel(int cell, const std::uint8_t *luma, int stride, int width, int strip)
{
    const double cellWidth = static_cast<double>(width) / kBarcodeCells;
    const int left = static_cast<int>((cell + 0.3) * cellWidth);
    const int right = std::max(left + 1, static_cast<int>((cell + 0.7) * cellWidth + 0.5));
    const int top = strip / 4;
    const int bottom = std::max(top + 1, strip * 5 / 8);
    double sum = 0;
    for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x)
            sum += luma[static_cast<std::ptrdiff_t>(y) * stride + x];
    }
    return sum / ((right - left) * (bottom - top));
}

} // namespace

BarcodeCells barcodeCells(const Barcode &barcode)
{
    Bytes bytes{kBarcodeSync};
    for (std::size_t i = 0; i < 4; ++i)
        bytes[1 + i] = static_cast<std::uint8_t>(barcode.frame >> (24 - 8 * i));
    for (std::size_t i = 0; i < 6; ++i)
        bytes[5 + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(barcode.capturedMs) >> (40 - 8 * i));
    bytes[11] = crc8(std::span(bytes).subspan(1, 10));
    BarcodeCells cells{};
    for (std::size_t i = 0; i < cells.size(); ++i)
        cells[i] = (bytes[i / 8] >> (7 - i % 8)) & 1;
    return cells;
}

int barcodeHeight(int pictureHeight)
{
    return std::min(pictureHeight, std::max(8, pictureHeight / 20 / 2 * 2));
}

void drawBarcode(const Barcode &barcode, std::uint8_t *luma, int stride, int width, int height)
{
    const BarcodeCells cells = barcodeCells(barcode);
    for (int cell = 0; cell < kBarcodeCells; ++cell) {
        const int begin = cellBegin(cell, width);
        const int end = cellBegin(cell + 1, width);
        std::memset(luma + begin, cells[static_cast<std::size_t>(cell)] ? kWhite : kBlack, static_cast<std::size_t>(end - begin));
    }
    for (int y = 1; y < barcodeHeight(height); ++y)
        std::memcpy(luma + static_cast<std::ptrdiff_t>(y) * stride, luma, static_cast<std::size_t>(width));
}

std::optional<Barcode> readBarcode(const std::uint8_t *luma, int stride, int width, int height)
{
    if (width < 2 * kBarcodeCells || height < 20)
        return std::nullopt;
    // Not barcodeHeight(): its rounding belongs to the size in which the strip was drawn.
    const int strip = std::max(3, height / 20);
    std::array<double, kBarcodeCells> levels{};
    for (int cell = 0; cell < kBarcodeCells; ++cell)
        levels[static_cast<std::size_t>(cell)] = cellLevel(cell, luma, stride, width, strip);
    const auto [darkest, brightest] = std::minmax_element(levels.begin(), levels.end());
    if (*brightest - *darkest < kMinContrast)
        return std::nullopt;
    const double threshold = (*brightest + *darkest) / 2;
    Bytes bytes{};
    for (std::size_t i = 0; i < levels.size(); ++i)
        bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] << 1 | (levels[i] > threshold ? 1 : 0));
    if (bytes[0] != kBarcodeSync || crc8(std::span(bytes).subspan(1, 10)) != bytes[11])
        return std::nullopt;
    Barcode barcode;
    for (std::size_t i = 1; i < 5; ++i)
        barcode.frame = barcode.frame << 8 | bytes[i];
    for (std::size_t i = 5; i < 11; ++i)
        barcode.capturedMs = barcode.capturedMs << 8 | bytes[i];
    return barcode;
}

} // namespace vedette::agent
