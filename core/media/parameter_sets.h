// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <functional>
#include <map>
#include <span>
#include <utility>

namespace vedette::media {

/// The parameter sets in force, wherever they came from: of each kind and id (pic_parameter_set_id and its like, H.264
/// 7.4.2, H.265 7.4.3) the last one that was given. Value type, accepts any bytes.
class ParameterSets {
public:
    /// One NAL unit; true when it changes what is in force. Not a parameter set: false.
    bool put(Codec codec, std::span<const std::uint8_t> nal);
    /// In order of nal_unit_type, then id.
    void forEach(const std::function<void(std::span<const std::uint8_t>)> &visit) const;

private:
    std::map<std::pair<unsigned, std::uint32_t>, Bytes> m_sets; ///< by type and id
};

} // namespace vedette::media
