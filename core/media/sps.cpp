// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/sps.h"

#include "core/media/bit_reader.h"
#include "core/media/nal.h"

#include <algorithm>

namespace vedette::media {
namespace {

constexpr std::uint32_t kMaxSide = 16384;
constexpr std::uint32_t kExtendedAspect = 255;
// Encoders without a fixed rate write the tick of their clock, 1/1000 or 1/90000 s.
constexpr double kMinRate = 0.01;
constexpr double kMaxRate = 300;

void skipScalingLists(BitReader &in, unsigned lists)
{
    for (unsigned i = 0; i < lists && in.ok(); ++i) {
        if (in.bits(1) == 0)
            continue;
        int last = 8;
        int next = 8;
        for (unsigned j = 0; j < (i < 6 ? 16U : 64U) && in.ok(); ++j) {
            if (next != 0)
                next = (last + in.se()) & 0xFF;
            last = next == 0 ? last : next;
        }
    }
}

bool hasChromaFields(std::uint32_t profile)
{
    switch (profile) { // H.264 7.3.2.1.1
    case 100: case 110: case 122: case 244: case 44: case 83: case 86: case 118: case 128: case 138: case 139:
    case 134: case 135: return true;
    default: return false;
    }
}

std::optional<SequenceInfo> cropped(std::uint64_t width, std::uint64_t height, std::uint64_t cutX, std::uint64_t cutY)
{
    if (width <= cutX || height <= cutY || width > kMaxSide || height > kMaxSide)
        return std::nullopt;
    return SequenceInfo{static_cast<int>(width - cutX), static_cast<int>(height - cutY), false, std::nullopt, 0};
}

void skipHrd(BitReader &in) // H.264 E.1.2
{
    std::uint32_t entries = in.ue() + 1;
    in.skip(8);
    for (; entries > 0 && in.ok(); --entries) {
        in.ue();
        in.ue();
        in.skip(1);
    }
    in.skip(20);
}

/// Frame rate and max_num_reorder_frames from the VUI (H.264 E.1.1).
void readVui(BitReader &in, SequenceInfo &sequence)
{
    if (in.bits(1) != 0 && in.bits(8) == kExtendedAspect)
        in.skip(32);
    if (in.bits(1) != 0) // overscan
        in.skip(1);
    if (in.bits(1) != 0) { // video signal
        in.skip(4);
        if (in.bits(1) != 0)
            in.skip(24);
    }
    if (in.bits(1) != 0) { // chroma location
        in.ue();
        in.ue();
    }
    if (in.bits(1) != 0) { // timing; a tick is half a frame, whether or not the rate is fixed
        const double ticks = in.bits(32);
        const double scale = in.bits(32);
        const double rate = in.ok() && ticks > 0 ? scale / ticks / 2 : 0;
        sequence.framerate = rate >= kMinRate && rate <= kMaxRate ? rate : 0;
        in.skip(1);
    }
    const bool nalHrd = in.bits(1) != 0;
    if (nalHrd)
        skipHrd(in);
    const bool vclHrd = in.bits(1) != 0;
    if (vclHrd)
        skipHrd(in);
    in.skip(nalHrd || vclHrd ? 2 : 1);
    if (in.bits(1) == 0) // bitstream restriction
        return;
    in.skip(1);
    for (int i = 0; i < 4; ++i)
        in.ue();
    const std::uint32_t reordered = in.ue();
    if (in.ok() && reordered <= 16)
        sequence.reordered = reordered;
}

std::optional<SequenceInfo> h264Sequence(std::span<const std::uint8_t> nal)
{
    BitReader in(nal.subspan(1));
    const std::uint32_t profile = in.bits(8);
    in.skip(16); // constraints, level
    in.ue();     // id
    std::uint32_t chroma = 1;
    bool separatePlanes = false;
    if (hasChromaFields(profile)) {
        chroma = in.ue();
        separatePlanes = chroma == 3 && in.bits(1) != 0;
        in.ue();
        in.ue();
        in.skip(1);
        if (in.bits(1) != 0)
            skipScalingLists(in, chroma == 3 ? 12 : 8);
    }
    in.ue(); // log2_max_frame_num
    const std::uint32_t order = in.ue();
    if (order == 0) {
        in.ue();
    } else if (order == 1) {
        in.skip(1);
        in.se();
        in.se();
        for (std::uint32_t cycle = in.ue(); cycle > 0 && in.ok(); --cycle)
            in.se();
    }
    in.ue(); // max_num_ref_frames
    const bool gaps = in.bits(1) != 0;
    const std::uint64_t columns = std::uint64_t{in.ue()} + 1;
    const std::uint64_t rows = std::uint64_t{in.ue()} + 1;
    const bool framesOnly = in.bits(1) != 0;
    if (!framesOnly)
        in.skip(1);
    in.skip(1); // direct_8x8_inference
    std::uint64_t cut[4]{};
    if (in.bits(1) != 0) {
        for (std::uint64_t &edge : cut)
            edge = in.ue();
    }
    if (!in.ok())
        return std::nullopt;
    const bool planar = separatePlanes || chroma == 0;
    const std::uint64_t unitX = !planar && (chroma == 1 || chroma == 2) ? 2 : 1;
    const std::uint64_t unitY = (!planar && chroma == 1 ? 2U : 1U) * (framesOnly ? 1U : 2U);
    auto sequence = cropped(columns * 16, rows * 16 * (framesOnly ? 1 : 2), (cut[0] + cut[1]) * unitX,
                            (cut[2] + cut[3]) * unitY);
    if (!sequence)
        return sequence;
    sequence->frameNumberGaps = gaps;
    if (in.bits(1) != 0)
        readVui(in, *sequence);
    if (order == 2) // 8.2.1.3: decoded as shown
        sequence->reordered = 0;
    return sequence;
}

/// sps_max_num_reorder_pics of the highest sub-layer.
std::optional<std::size_t> h265Reordered(BitReader &in, std::uint32_t subLayers)
{
    in.ue(); // bit depths
    in.ue();
    in.ue(); // log2_max_pic_order_cnt_lsb
    const bool each = in.bits(1) != 0;
    std::uint32_t reordered = 0;
    for (std::uint32_t i = each ? 0 : subLayers; i <= subLayers; ++i) {
        in.ue();
        reordered = in.ue();
        in.ue();
    }
    return in.ok() && reordered <= 16 ? std::optional<std::size_t>(reordered) : std::nullopt;
}

std::optional<SequenceInfo> h265Sequence(std::span<const std::uint8_t> nal)
{
    BitReader in(nal.subspan(std::min<std::size_t>(2, nal.size())));
    in.skip(4);
    const std::uint32_t subLayers = in.bits(3);
    in.skip(1);
    in.skip(96); // general profile, tier and level
    std::uint32_t present[8][2]{};
    for (std::uint32_t i = 0; i < subLayers; ++i) {
        present[i][0] = in.bits(1);
        present[i][1] = in.bits(1);
    }
    if (subLayers > 0)
        in.skip(2 * (8 - subLayers));
    for (std::uint32_t i = 0; i < subLayers; ++i)
        in.skip(present[i][0] * 88 + present[i][1] * 8);
    in.ue(); // id
    const std::uint32_t chroma = in.ue();
    if (chroma == 3)
        in.skip(1);
    const std::uint64_t width = in.ue();
    const std::uint64_t height = in.ue();
    std::uint64_t cut[4]{};
    if (in.bits(1) != 0) {
        for (std::uint64_t &edge : cut)
            edge = in.ue();
    }
    if (!in.ok())
        return std::nullopt;
    const std::uint64_t unitX = chroma == 1 || chroma == 2 ? 2 : 1;
    const std::uint64_t unitY = chroma == 1 ? 2 : 1;
    auto sequence = cropped(width, height, (cut[0] + cut[1]) * unitX, (cut[2] + cut[3]) * unitY);
    if (sequence)
        sequence->reordered = h265Reordered(in, subLayers);
    return sequence;
}

} // namespace

std::optional<SequenceInfo> readSequence(Codec codec, std::span<const std::uint8_t> parameterSets)
{
    std::optional<SequenceInfo> sequence;
    forEachNal(parameterSets, [&](std::span<const std::uint8_t> nal) {
        if (sequence)
            return;
        if (codec == Codec::H264 && (nal[0] & 0x1F) == 7)
            sequence = h264Sequence(nal);
        else if (codec == Codec::H265 && (nal[0] >> 1 & 0x3F) == 33)
            sequence = h265Sequence(nal);
    });
    return sequence;
}

} // namespace vedette::media
