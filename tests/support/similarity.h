// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace vedette::test {

/// Structural similarity of two grey pictures (0 to 255) after Wang et al. 2004, mean over windows of 8 × 8; 1: equal.
inline double ssim(const std::vector<double> &a, const std::vector<double> &b, int width, int height)
{
    constexpr int kWindow = 8;
    constexpr double kC1 = 2.55 * 2.55, kC2 = 7.65 * 7.65, kCount = kWindow * kWindow;
    double total = 0;
    int windows = 0;
    for (int top = 0; top + kWindow <= height; top += 4) {
        for (int left = 0; left + kWindow <= width; left += 4, ++windows) {
            double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
            for (int y = top; y < top + kWindow; ++y) {
                for (int x = left; x < left + kWindow; ++x) {
                    const double p = a[std::size_t(y * width + x)], q = b[std::size_t(y * width + x)];
                    sa += p, sb += q, saa += p * p, sbb += q * q, sab += p * q;
                }
            }
            const double ma = sa / kCount, mb = sb / kCount;
            const double va = saa / kCount - ma * ma, vb = sbb / kCount - mb * mb, cov = sab / kCount - ma * mb;
            total += (2 * ma * mb + kC1) * (2 * cov + kC2) / ((ma * ma + mb * mb + kC1) * (va + vb + kC2));
        }
    }
    return total / windows;
}

} // namespace vedette::test
