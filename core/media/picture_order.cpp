// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/picture_order.h"

#include "core/media/av_error.h"
#include "core/media/nal.h"
#include "core/media/sps.h"

#include <algorithm>
#include <climits>
#include <limits>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace vedette::media {
namespace {

constexpr std::size_t kHead = 16U << 10;  // parameter sets, other people's SEI and the first slice header
constexpr std::int64_t kFarthest = 1000;  // pictures; a larger step of the count is another count

struct ParserDeleter {
    void operator()(AVCodecParserContext *parser) const { av_parser_close(parser); }
};
struct ContextDeleter {
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
};

} // namespace

struct PictureOrder::Private {
    Codec codec = Codec::Unknown;
    std::unique_ptr<AVCodecContext, ContextDeleter> context;
    std::unique_ptr<AVCodecParserContext, ParserDeleter> parser;
    Bytes parameterSets;
    Bytes head;
    std::optional<std::size_t> depth;
    std::int64_t step = 1;   ///< of the count from one picture to the next
    std::int64_t origin = 0; ///< count of the picture that has the rank base
    std::int64_t base = 0;
    std::optional<std::int64_t> highestCount;
    std::int64_t highest = -1;

    void begin(Codec newCodec);
    std::optional<std::int64_t> count(const Packet &packet, bool inBand);
    std::int64_t rank(std::int64_t count, bool key);
    void startAt(std::int64_t count, std::int64_t room);
};

void PictureOrder::Private::begin(Codec newCodec)
{
    prepareFfmpeg();
    codec = newCodec;
    const AVCodecID id = codec == Codec::H265 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264;
    parser.reset(av_parser_init(id));
    context.reset(avcodec_alloc_context3(nullptr));
    step = codec == Codec::H265 ? 1 : 2; // H.264 counts fields
    highestCount.reset();
    depth.reset();
    if (!parser || !context)
        return;
    parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    context->codec_id = id;
    context->codec_type = AVMEDIA_TYPE_VIDEO;
}

/// The parser wants padding behind its data, and looks only as far as the first slice header.
std::optional<std::int64_t> PictureOrder::Private::count(const Packet &packet, bool inBand)
{
    if (!parser || !context)
        return std::nullopt;
    const std::size_t size = std::min(packet.data.size(), kHead);
    head.clear();
    if (packet.key && !inBand)
        head = parameterSets;
    head.insert(head.end(), packet.data.begin(), packet.data.begin() + static_cast<std::ptrdiff_t>(size));
    const std::size_t whole = head.size();
    head.resize(whole + AV_INPUT_BUFFER_PADDING_SIZE, 0);
    parser->output_picture_number = INT_MIN;
    std::uint8_t *out = nullptr;
    int outSize = 0;
    av_parser_parse2(parser.get(), context.get(), &out, &outSize, head.data(), static_cast<int>(whole), AV_NOPTS_VALUE,
                     AV_NOPTS_VALUE, 0);
    if (parser->output_picture_number == INT_MIN)
        return std::nullopt;
    return parser->output_picture_number;
}

void PictureOrder::Private::startAt(std::int64_t count, std::int64_t room)
{
    origin = count;
    base = highest + 1 + room;
    highestCount = count;
}

std::int64_t PictureOrder::Private::rank(std::int64_t count, bool key)
{
    // Whatever comes before a key picture is shown before it too, so a count that does not rise there began anew.
    if (!highestCount || (key && count <= *highestCount))
        startAt(count, 0);
    else if (count > *highestCount + kFarthest * step || count < *highestCount - 2 * kRoom * step)
        startAt(count, kRoom);
    if ((count - origin) % step != 0) {
        step = 1; // an encoder that counts pictures
        startAt(count, kRoom);
    }
    highestCount = std::max(*highestCount, count);
    return base + (count - origin) / step;
}

PictureOrder::PictureOrder(Bytes parameterSets) : d(std::make_unique<Private>())
{
    d->parameterSets = std::move(parameterSets);
}

PictureOrder::~PictureOrder() = default;

std::optional<std::int64_t> PictureOrder::next(const Packet &packet)
{
    if (packet.codec != d->codec)
        d->begin(packet.codec);
    bool inBand = false;
    if (packet.key) {
        const Bytes sets = extractParameterSets(packet.codec, packet.data);
        inBand = !sets.empty();
        if (const auto sequence = readSequence(packet.codec, inBand ? sets : d->parameterSets))
            d->depth = sequence->reordered;
    }
    const std::optional<std::int64_t> count = d->count(packet, inBand);
    if (d->depth == 0U) {
        d->highestCount.reset();
        ++d->highest;
        return std::nullopt;
    }
    const std::int64_t rank = count ? d->rank(*count, packet.key) : d->highest + 1;
    d->highest = std::max(d->highest, rank);
    return rank;
}

std::optional<std::size_t> PictureOrder::depth() const
{
    return d->depth;
}

} // namespace vedette::media
