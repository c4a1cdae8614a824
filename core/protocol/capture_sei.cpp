// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/capture_sei.h"

#include "core/protocol/time_range.h"

#include <algorithm>
#include <limits>

namespace vedette::protocol {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kTimeKnown = 0x01;

template <typename T> void put(std::vector<std::uint8_t> &out, T value)
{
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}

template <typename T> T take(std::span<const std::uint8_t> &in)
{
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        if constexpr (sizeof(T) > 1)
            value = static_cast<T>(value << 8);
        value = static_cast<T>(value | in[i]);
    }
    in = in.subspan(sizeof(T));
    return value;
}

} // namespace

std::vector<std::uint8_t> encodeCapture(const CaptureStamp &stamp)
{
    constexpr std::int64_t kMaxUncertainty = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::uint8_t> out(kCaptureUuid.begin(), kCaptureUuid.end());
    out.reserve(kCaptureUuid.size() + kCaptureBodySize);
    put<std::uint8_t>(out, kVersion);
    put<std::uint8_t>(out, stamp.known ? kTimeKnown : 0);
    put<std::uint32_t>(out, stamp.settingsVersion);
    put<std::uint64_t>(out, stamp.run);
    put<std::uint64_t>(out, stamp.sequence);
    put<std::uint64_t>(out, static_cast<std::uint64_t>(toMicros(stamp.captured)));
    put<std::uint32_t>(
        out, static_cast<std::uint32_t>(std::clamp<std::int64_t>(stamp.uncertainty.count(), 0, kMaxUncertainty)));
    return out;
}

Result<CaptureStamp> decodeCapture(std::span<const std::uint8_t> payload)
{
    if (payload.size() < kCaptureUuid.size() || !std::equal(kCaptureUuid.begin(), kCaptureUuid.end(), payload.begin()))
        return fail(ErrorKind::NotFound, QStringLiteral("the SEI message is not a capture time"));
    std::span<const std::uint8_t> body = payload.subspan(kCaptureUuid.size());
    if (body.empty())
        return fail(ErrorKind::Corrupt, QStringLiteral("the capture-time SEI has no body"));
    const auto version = take<std::uint8_t>(body);
    if (version > kVersion)
        return fail(ErrorKind::Unsupported,
                    QStringLiteral("the capture-time SEI has version %1; this program knows 1").arg(version));
    if (version == 0 || body.size() < kCaptureBodySize - 1)
        return fail(ErrorKind::Corrupt,
                    QStringLiteral("the capture-time SEI is broken (version %1, %2 bytes after the UUID)")
                        .arg(version)
                        .arg(body.size() + 1));
    CaptureStamp stamp;
    stamp.known = (take<std::uint8_t>(body) & kTimeKnown) != 0;
    stamp.settingsVersion = take<std::uint32_t>(body);
    stamp.run = take<std::uint64_t>(body);
    stamp.sequence = take<std::uint64_t>(body);
    const auto captured = static_cast<std::int64_t>(take<std::uint64_t>(body));
    stamp.uncertainty = microseconds{take<std::uint32_t>(body)};
    if (stamp.known && !isPlausibleTime(captured))
        return fail(ErrorKind::Corrupt,
                    QStringLiteral("the capture-time SEI says %1 µs, which is no date").arg(captured));
    stamp.captured = utcFromMicros(captured);
    return stamp;
}

} // namespace vedette::protocol
