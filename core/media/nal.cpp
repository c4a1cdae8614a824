// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/nal.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vedette::media {
namespace {

using View = std::span<const std::uint8_t>;

constexpr std::array<std::uint8_t, 4> kStartCode{0, 0, 0, 1};
constexpr std::size_t kUuidSize = 16;
constexpr unsigned kUserDataUnregistered = 5; // payloadType, H.264 D.1.7 and H.265 D.2.7

/// Offset of the first 00 00 01 at or after from, or size.
std::size_t findStartCode(View data, std::size_t from)
{
    for (std::size_t i = from; i + 2 < data.size();) {
        const std::uint8_t third = data[i + 2];
        if (third > 1)
            i += 3;
        else if (third == 1 && data[i] == 0 && data[i + 1] == 0)
            return i;
        else
            ++i;
    }
    return data.size();
}

/// Walks the NAL units of an access unit; visit returns false to stop.
template <typename Visit>
void walk(View unit, Visit visit)
{
    std::size_t start = findStartCode(unit, 0);
    while (start < unit.size()) {
        const std::size_t begin = start + 3;
        const std::size_t next = findStartCode(unit, begin);
        std::size_t end = next;
        while (end > begin && unit[end - 1] == 0)
            --end;
        if (end > begin && !visit(unit.subspan(begin, end - begin)))
            return;
        start = next;
    }
}

unsigned nalType(Codec codec, View nal)
{
    return codec == Codec::H265 ? (nal[0] >> 1) & 0x3FU : nal[0] & 0x1FU;
}

bool isNalCodec(Codec codec)
{
    return codec == Codec::H264 || codec == Codec::H265;
}

bool isParameterSet(Codec codec, unsigned type)
{
    return codec == Codec::H265 ? type >= 32 && type <= 34 : type == 7 || type == 8;
}

/// Slices, and in H.264 the prefix and extension units that must stay beside them.
bool isPicture(Codec codec, unsigned type)
{
    return codec == Codec::H265 ? type < 32 : (type >= 1 && type <= 5) || type == 14 || type == 20;
}

bool isPrefixSei(Codec codec, unsigned type)
{
    return codec == Codec::H265 ? type == 39 : type == 6;
}

std::size_t headerSize(Codec codec)
{
    return codec == Codec::H265 ? 2 : 1;
}

void appendNal(Bytes &out, View nal)
{
    out.insert(out.end(), kStartCode.begin(), kStartCode.end());
    out.insert(out.end(), nal.begin(), nal.end());
}

/// Removes the emulation prevention bytes (00 00 03 becomes 00 00).
Bytes unescape(View data)
{
    Bytes out;
    out.reserve(data.size());
    unsigned zeros = 0;
    for (std::uint8_t byte : data) {
        if (zeros >= 2 && byte == 3) {
            zeros = 0;
            continue;
        }
        zeros = byte == 0 ? zeros + 1 : 0;
        out.push_back(byte);
    }
    return out;
}

void appendEscaped(Bytes &out, View data)
{
    unsigned zeros = 0;
    for (std::uint8_t byte : data) {
        if (zeros >= 2 && byte <= 3) {
            out.push_back(3);
            zeros = 0;
        }
        zeros = byte == 0 ? zeros + 1 : 0;
        out.push_back(byte);
    }
}

/// One message of an SEI unit; whole includes its type and size bytes.
struct SeiMessage {
    unsigned type = 0;
    View payload;
    View whole;
};

/// False when the message breaks the syntax, so that nobody rewrites what he does not understand.
template <typename Visit>
bool walkSei(View rbsp, Visit visit)
{
    std::size_t at = 0;
    const auto readNumber = [&](std::size_t &value) {
        value = 0;
        while (at < rbsp.size()) {
            const std::uint8_t byte = rbsp[at++];
            value += byte;
            if (byte != 0xFF)
                return true;
        }
        return false;
    };
    // A lone 0x80 (rbsp_trailing_bits) ends the list.
    while (at < rbsp.size() && !(at + 1 == rbsp.size() && rbsp[at] == 0x80)) {
        const std::size_t begin = at;
        std::size_t type = 0;
        std::size_t size = 0;
        if (!readNumber(type) || !readNumber(size) || size > rbsp.size() - at)
            return false;
        at += size;
        if (!visit(SeiMessage{static_cast<unsigned>(type), rbsp.subspan(at - size, size), rbsp.subspan(begin, at - begin)}))
            return true;
    }
    return true;
}

bool hasUuid(const SeiMessage &message, View uuid)
{
    return message.type == kUserDataUnregistered && message.payload.size() >= kUuidSize
        && std::equal(uuid.begin(), uuid.end(), message.payload.begin());
}

/// The SEI unit without the messages of this UUID: the unit itself when it has none, empty when nothing remains.
Bytes withoutUuid(Codec codec, View nal, View uuid)
{
    const Bytes untouched(nal.begin(), nal.end());
    if (nal.size() <= headerSize(codec))
        return untouched;
    const Bytes rbsp = unescape(nal.subspan(headerSize(codec)));
    Bytes kept;
    bool removed = false;
    const bool valid = walkSei(rbsp, [&](const SeiMessage &message) {
        if (hasUuid(message, uuid))
            removed = true;
        else
            kept.insert(kept.end(), message.whole.begin(), message.whole.end());
        return true;
    });
    if (!valid || !removed)
        return untouched;
    if (kept.empty())
        return {};
    kept.push_back(0x80);
    Bytes out(nal.begin(), nal.begin() + static_cast<std::ptrdiff_t>(headerSize(codec)));
    appendEscaped(out, kept);
    return out;
}

} // namespace

NalKind nalKind(Codec codec, View nal)
{
    if (!isNalCodec(codec) || nal.empty())
        return NalKind::Other;
    const unsigned type = nalType(codec, nal);
    if (isParameterSet(codec, type))
        return NalKind::ParameterSet;
    if (isPicture(codec, type))
        return NalKind::Picture;
    return isPrefixSei(codec, type) || (codec == Codec::H265 && type == 40) ? NalKind::Sei : NalKind::Other;
}

void forEachNal(View accessUnit, const std::function<void(View)> &visit)
{
    walk(accessUnit, [&](View nal) {
        visit(nal);
        return true;
    });
}

bool containsKeyFrame(Codec codec, View accessUnit)
{
    bool key = false;
    if (!isNalCodec(codec))
        return key;
    walk(accessUnit, [&](View nal) {
        const unsigned type = nalType(codec, nal);
        key = codec == Codec::H265 ? type >= 16 && type <= 21 : type == 5;
        return !key && !isPicture(codec, type); // all slices of one picture have the same type
    });
    return key;
}

Bytes extractParameterSets(Codec codec, View accessUnit)
{
    Bytes out;
    if (!isNalCodec(codec))
        return out;
    walk(accessUnit, [&](View nal) {
        const unsigned type = nalType(codec, nal);
        if (isParameterSet(codec, type))
            appendNal(out, nal);
        return !isPicture(codec, type);
    });
    return out;
}

Bytes makeUserDataSei(Codec codec, View payload)
{
    Bytes out;
    if (!isNalCodec(codec))
        return out;
    Bytes rbsp{kUserDataUnregistered};
    std::size_t size = payload.size();
    for (; size >= 0xFF; size -= 0xFF)
        rbsp.push_back(0xFF);
    rbsp.push_back(static_cast<std::uint8_t>(size));
    rbsp.insert(rbsp.end(), payload.begin(), payload.end());
    rbsp.push_back(0x80);

    out.assign(kStartCode.begin(), kStartCode.end());
    if (codec == Codec::H265) {
        out.push_back(39U << 1);
        out.push_back(1); // nuh_temporal_id_plus1
    } else {
        out.push_back(6);
    }
    appendEscaped(out, rbsp);
    return out;
}

Bytes insertUserDataSei(Codec codec, View accessUnit, View payload)
{
    if (!isNalCodec(codec))
        return Bytes(accessUnit.begin(), accessUnit.end());
    Bytes sei = makeUserDataSei(codec, payload);
    const View uuid = payload.first(std::min(payload.size(), kUuidSize));
    Bytes out;
    out.reserve(accessUnit.size() + sei.size() + 32);
    bool placed = false;
    walk(accessUnit, [&](View nal) {
        const unsigned type = nalType(codec, nal);
        if (!placed && isPicture(codec, type)) {
            // H.265 7.4.2.2: the SEI of a picture in a higher temporal sub-layer is not below it.
            if (codec == Codec::H265 && nal.size() > 1 && (nal[1] & 7) != 0)
                sei[kStartCode.size() + 1] = nal[1] & 7;
            out.insert(out.end(), sei.begin(), sei.end());
            placed = true;
        }
        if (isPrefixSei(codec, type) && uuid.size() == kUuidSize) {
            const Bytes kept = withoutUuid(codec, nal, uuid);
            if (!kept.empty())
                appendNal(out, kept);
        } else {
            appendNal(out, nal);
        }
        return true;
    });
    if (!placed)
        out.insert(out.end(), sei.begin(), sei.end());
    return out;
}

std::optional<Bytes> findUserDataSei(Codec codec, View accessUnit, std::span<const std::uint8_t, 16> uuid)
{
    std::optional<Bytes> found;
    if (!isNalCodec(codec))
        return found;
    walk(accessUnit, [&](View nal) {
        const unsigned type = nalType(codec, nal);
        if (isPrefixSei(codec, type) && nal.size() > headerSize(codec)) {
            const Bytes rbsp = unescape(nal.subspan(headerSize(codec)));
            walkSei(rbsp, [&](const SeiMessage &message) {
                if (hasUuid(message, uuid))
                    found = Bytes(message.payload.begin(), message.payload.end());
                return !found;
            });
        }
        return !found && !isPicture(codec, type);
    });
    return found;
}

} // namespace vedette::media
