// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/aac.h"

namespace vedette::media {
namespace {

constexpr std::array<std::uint32_t, 13> kRates{96'000, 88'200, 64'000, 48'000, 44'100, 32'000, 24'000,
                                               22'050, 16'000, 12'000, 11'025, 8'000,  7'350}; // ISO 14496-3, table 1.18
constexpr int kOwnRate = 15;     // follows in 24 bits
constexpr int kSbr = 5;
constexpr int kParametricStereo = 29;
constexpr std::size_t kMostAdts = 8191; // 13 bits of length, header included

class Bits {
public:
    explicit Bits(std::span<const std::uint8_t> bytes) : m_bytes(bytes) {}
    bool good() const { return m_at <= m_bytes.size() * 8; }
    std::uint32_t take(int count)
    {
        std::uint32_t value = 0;
        for (; count > 0; --count, ++m_at)
            value = value << 1 | (m_at / 8 < m_bytes.size() ? m_bytes[m_at / 8] >> (7 - m_at % 8) & 1U : 0U);
        return value;
    }

private:
    std::span<const std::uint8_t> m_bytes;
    std::size_t m_at = 0;
};

int objectType(Bits &bits)
{
    const auto type = static_cast<int>(bits.take(5));
    return type == 31 ? 32 + static_cast<int>(bits.take(6)) : type;
}

/// The index; rate is 0 for a reserved one.
int frequency(Bits &bits, std::uint32_t &rate)
{
    const auto index = static_cast<int>(bits.take(4));
    const auto at = static_cast<std::size_t>(index);
    rate = index == kOwnRate ? bits.take(24) : at < kRates.size() ? kRates[at] : 0;
    return index;
}

} // namespace

std::optional<AacConfig> parseAacConfig(std::span<const std::uint8_t> bytes)
{
    Bits bits(bytes);
    AacConfig config;
    config.objectType = objectType(bits);
    config.frequencyIndex = frequency(bits, config.sampleRate);
    config.channelConfiguration = static_cast<int>(bits.take(4));
    const bool extended = config.objectType == kSbr || config.objectType == kParametricStereo;
    if (extended) {
        frequency(bits, config.sampleRate);
        config.objectType = objectType(bits);
    }
    const bool shortUnit = bits.take(1) != 0; // frameLengthFlag
    config.unitDuration = (shortUnit ? 960U : 1024U) * (extended ? 2U : 1U);
    if (!bits.good() || config.objectType == 0 || config.sampleRate == 0)
        return std::nullopt;
    return config;
}

std::optional<std::array<std::uint8_t, 7>> adtsHeader(const AacConfig &config, std::size_t unitBytes)
{
    const std::size_t length = unitBytes + 7;
    if (config.objectType < 1 || config.objectType > 4 || config.frequencyIndex == kOwnRate || config.channelConfiguration < 1
        || config.channelConfiguration > 7 || length > kMostAdts)
        return std::nullopt;
    const auto byte = [](std::size_t value) { return static_cast<std::uint8_t>(value & 0xFF); };
    const auto profile = static_cast<std::size_t>(config.objectType - 1);
    const auto index = static_cast<std::size_t>(config.frequencyIndex);
    const auto channels = static_cast<std::size_t>(config.channelConfiguration);
    return std::array<std::uint8_t, 7>{0xFF, 0xF1, byte(profile << 6 | index << 2 | channels >> 2), byte(channels << 6 | length >> 11),
                                       byte(length >> 3), byte(length << 5 | 0x1F), 0xFC}; // fullness 0x7FF: variable rate
}

} // namespace vedette::media
