// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/capture_stamp.h"
#include "core/base/result.h"

#include <QByteArray>

#include <cstdint>
#include <span>
#include <vector>

namespace vedette::protocol {

/// The capture stamp of a JPEG picture, beside it and in it; all functions are pure. Beside it, for people and scripts, the
/// HTTP header: RFC 3339 UTC with microseconds, or "unknown", then what the SEI says besides:
///   X-Capture-Time: 2026-11-21T11:10:53.123456Z; uncertainty-us=350; run=77; sequence=4711; settings=3
inline constexpr auto kCaptureTimeHeader = "X-Capture-Time";

QByteArray captureTimeText(const CaptureStamp &stamp);
/// Parameters in any order, unknown ones ignored. Corrupt without a time or its uncertainty, or when "unknown" comes without
/// run and sequence, which then say nothing.
Result<CaptureStamp> parseCaptureTime(const QByteArray &text);

/// A COM segment (ITU-T T.81, B.2.4.5) behind JFIF's APP0. What is no JPEG, and a text above 65,533 bytes, change nothing.
void insertJpegComment(std::vector<std::uint8_t> &jpeg, std::span<const std::uint8_t> text);
/// In it, so that it survives in a file: a COM segment (ITU-T T.81, B.2.4.5) with the payload of the SEI
/// (core/protocol/capture_sei.h), behind JFIF's APP0. What is no JPEG stays as it is.
void insertJpegCapture(std::vector<std::uint8_t> &jpeg, const CaptureStamp &stamp);
/// NotFound when there is none before the picture's data; otherwise as decodeCapture().
Result<CaptureStamp> findJpegCapture(std::span<const std::uint8_t> jpeg);

} // namespace vedette::protocol
