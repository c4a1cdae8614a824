// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/parameter_sets.h"

#include "core/media/bit_reader.h"
#include "core/media/nal.h"

#include <algorithm>

namespace vedette::media {
namespace {

constexpr std::uint32_t kUnreadable = ~std::uint32_t{0};

void skipProfileTierLevel(BitReader &in, unsigned subLayers) // H.265 7.3.3
{
    in.skip(88 + 8);
    std::uint32_t present = 0;
    for (unsigned i = 0; i < subLayers; ++i)
        present = present << 2 | in.bits(2);
    if (subLayers > 0)
        in.skip(2 * (8 - subLayers));
    for (unsigned i = subLayers; i-- > 0;) {
        in.skip((present >> (2 * i + 1) & 1) != 0 ? 88 : 0);
        in.skip((present >> 2 * i & 1) != 0 ? 8 : 0);
    }
}

/// kUnreadable where the set is too short to have one.
std::uint32_t idOf(Codec codec, unsigned type, std::span<const std::uint8_t> nal)
{
    const std::size_t header = codec == Codec::H265 ? 2 : 1;
    BitReader in(nal.subspan(std::min(header, nal.size())));
    std::uint32_t id = 0;
    if (codec == Codec::H264 && type == 7) {
        in.skip(24); // profile, constraints, level
        id = in.ue();
    } else if (codec == Codec::H265 && type == 32) {
        id = in.bits(4);
    } else if (codec == Codec::H265 && type == 33) {
        in.skip(4);
        const unsigned subLayers = in.bits(3);
        in.skip(1);
        skipProfileTierLevel(in, subLayers);
        id = in.ue();
    } else {
        id = in.ue();
    }
    return in.ok() ? id : kUnreadable;
}

} // namespace

bool ParameterSets::put(Codec codec, std::span<const std::uint8_t> nal)
{
    if (nalKind(codec, nal) != NalKind::ParameterSet)
        return false;
    const unsigned type = codec == Codec::H265 ? nal[0] >> 1 & 0x3FU : nal[0] & 0x1FU;
    Bytes &known = m_sets[{type, idOf(codec, type, nal)}];
    if (std::equal(known.begin(), known.end(), nal.begin(), nal.end()))
        return false;
    known.assign(nal.begin(), nal.end());
    return true;
}

void ParameterSets::forEach(const std::function<void(std::span<const std::uint8_t>)> &visit) const
{
    for (const auto &[key, set] : m_sets)
        visit(set);
}

} // namespace vedette::media
