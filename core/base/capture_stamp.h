// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <cstdint>

namespace vedette {

/// When and as what a picture was captured: the value that the capture-time SEI carries
/// (core/protocol/capture_sei.h) and that rides beside every packet and frame.
struct CaptureStamp {
    std::uint64_t run = 0;              ///< id of the unbroken span of the capture clock
    std::uint32_t settingsVersion = 0;
    std::uint64_t sequence = 0;         ///< frame number within the run in the order of presentation, from 0 (where pictures
                                        ///< come in another order from 16 at most)
    UtcTime captured{};                 ///< meaningless when !known
    microseconds uncertainty{0};
    bool known = true;                  ///< false while the clock has not been synchronised in this boot

    bool operator==(const CaptureStamp &) const = default;
};

} // namespace vedette
