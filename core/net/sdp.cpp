// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/sdp.h"

#include "core/media/aac.h"

#include <algorithm>
#include <array>

namespace vedette::net {
namespace {

constexpr qsizetype kMaxSdp = 64 << 10;
constexpr std::size_t kMaxParameterSets = 16U << 10; // in one description; real ones have some 100 bytes
constexpr int kMaxAacFieldBits = 16;
constexpr unsigned kMaxClockRate = 192'000;

/// One m= section and what its attributes say so far.
struct Section {
    SdpMedia media;
    QByteArray codecName;
    bool video = false;
    bool aacMode = false;        // fmtp names a mode that is read here
    bool unknownFields = false;  // in the access unit headers
};

void appendParameterSets(media::Bytes &out, const QByteArray &base64List)
{
    for (const QByteArray &part : base64List.split(',')) {
        const auto decoded = QByteArray::fromBase64Encoding(part.trimmed());
        if (!decoded || decoded.decoded.isEmpty() || out.size() + static_cast<std::size_t>(decoded.decoded.size()) > kMaxParameterSets)
            continue;
        constexpr std::array<std::uint8_t, 4> startCode{0, 0, 0, 1};
        out.insert(out.end(), startCode.begin(), startCode.end());
        out.insert(out.end(), decoded.decoded.begin(), decoded.decoded.end());
    }
}

/// Static payload types need no a=rtpmap (RFC 3551, table 4).
QByteArray staticMap(int payloadType)
{
    switch (payloadType) {
    case 0: return "PCMU/8000";
    case 8: return "PCMA/8000";
    case 9: return "G722/8000";
    case 10: return "L16/44100/2";
    case 11: return "L16/44100/1";
    case 14: return "MPA/90000";
    default: return {};
    }
}

void readAacParameter(Section &section, const QByteArray &key, const QByteArray &value)
{
    AacFormat &aac = section.media.aac;
    const auto bits = [&value] { return std::clamp(value.toInt(), 0, kMaxAacFieldBits); };
    if (key == "mode") {
        section.aacMode = value.compare("AAC-hbr", Qt::CaseInsensitive) == 0 || value.compare("AAC-lbr", Qt::CaseInsensitive) == 0;
    } else if (key == "config") {
        const QByteArray config = QByteArray::fromHex(value.left(128));
        aac.config.assign(config.begin(), config.end());
        if (const auto known = media::parseAacConfig(aac.config))
            aac.unitDuration = known->unitDuration;
    } else if (key == "sizelength") {
        aac.sizeLength = bits();
    } else if (key == "indexlength") {
        aac.indexLength = bits();
    } else if (key == "indexdeltalength") {
        aac.indexDeltaLength = bits();
    } else if (key == "ctsdeltalength" || key == "dtsdeltalength" || key == "randomaccessindication"
               || key == "streamstateindication" || key == "auxiliarydatasizelength") {
        section.unknownFields = section.unknownFields || value.toInt() != 0;
    }
}

void readFormatParameters(Section &section, const QByteArray &parameters)
{
    for (const QByteArray &parameter : parameters.split(';')) {
        const qsizetype equals = parameter.indexOf('=');
        const QByteArray key = parameter.left(equals).trimmed().toLower();
        const QByteArray value = parameter.mid(equals + 1).trimmed();
        if (!section.video)
            readAacParameter(section, key, value);
        else if (key == "sprop-parameter-sets" || key == "sprop-vps" || key == "sprop-sps" || key == "sprop-pps")
            appendParameterSets(section.media.parameterSets, value);
    }
}

/// "96 H264/90000" → what follows the number when it is this payload type's.
QByteArray forPayload(const QByteArray &value, int payloadType)
{
    const qsizetype space = value.indexOf(' ');
    return space > 0 && value.left(space).toInt() == payloadType ? value.mid(space + 1).trimmed() : QByteArray();
}

media::Codec codecOf(const QByteArray &name, bool video)
{
    const QByteArray upper = name.toUpper();
    if (!video)
        return upper == "MPEG4-GENERIC" ? media::Codec::Aac
            : upper == "PCMU"           ? media::Codec::Pcmu
            : upper == "PCMA"           ? media::Codec::Pcma
            : upper == "G722"           ? media::Codec::G722
            : upper == "L16"            ? media::Codec::Pcm16
            : upper == "OPUS"           ? media::Codec::Opus
            : upper == "MPA"            ? media::Codec::MpegAudio
                                        : media::Codec::OtherSound;
    return upper == "H264" ? media::Codec::H264 : upper == "H265" || upper == "HEVC" ? media::Codec::H265 : media::Codec::Other;
}

void readRtpMap(Section &section, const QByteArray &map)
{
    const QList<QByteArray> parts = map.split('/');
    section.codecName = parts.first();
    section.media.codec = codecOf(section.codecName, section.video);
    const unsigned rate = parts.size() > 1 ? parts[1].toUInt() : 0;
    section.media.clockRate = rate >= 1000 && rate <= kMaxClockRate ? rate : 90'000;
    section.media.channels = parts.size() > 2 ? std::clamp(parts[2].toInt(), 1, 64) : 1;
}

void readAttribute(Section &section, const QByteArray &line)
{
    if (line.startsWith("a=control:")) {
        section.media.control = line.mid(10).trimmed();
    } else if (line.startsWith("a=rtpmap:")) {
        if (const QByteArray map = forPayload(line.mid(9), section.media.payloadType); !map.isEmpty())
            readRtpMap(section, map);
    } else if (line.startsWith("a=fmtp:")) {
        readFormatParameters(section, forPayload(line.mid(7), section.media.payloadType));
    } else if (line.startsWith("a=framerate:")) {
        const double rate = line.mid(12).toDouble();
        section.media.framerate = rate > 0 && rate < 1000 ? rate : 0;
    }
}

bool isPlayableAudio(const Section &section)
{
    if (section.media.codec != media::Codec::Aac)
        return section.media.codec != media::Codec::OtherSound && section.media.codec != media::Codec::Unknown;
    return section.aacMode && section.media.aac.sizeLength > 0 && !section.media.aac.config.empty() && !section.unknownFields;
}

} // namespace

Result<Sdp> parseSdp(const QByteArray &sdp)
{
    if (sdp.size() > kMaxSdp || !sdp.trimmed().startsWith("v="))
        return fail(ErrorKind::Corrupt, QStringLiteral("the server's description is no SDP"));
    Sdp out;
    std::optional<Section> video; // the first video is the one
    std::optional<Section> section;
    bool inSession = true;
    const auto finish = [&] {
        if (section && section->video && !video)
            video = std::move(section);
        else if (section && !section->video && !out.audio && isPlayableAudio(*section))
            out.audio = std::move(section->media);
        else if (section && !section->video && out.unreadAudio.isEmpty())
            out.unreadAudio = section->codecName.left(32);
        section.reset();
    };
    for (const QByteArray &raw : sdp.split('\n')) {
        const QByteArray line = raw.trimmed();
        if (line.startsWith("m=")) {
            finish();
            inSession = false;
            const QList<QByteArray> fields = line.mid(2).split(' ');
            if (fields.size() >= 4 && (fields[0] == "video" || fields[0] == "audio")) {
                section.emplace();
                section->video = fields[0] == "video";
                section->media.payloadType = fields[3].toInt();
                if (const QByteArray map = section->video ? QByteArray() : staticMap(section->media.payloadType); !map.isEmpty())
                    readRtpMap(*section, map);
            }
        } else if (section) {
            readAttribute(*section, line);
        } else if (inSession && line.startsWith("a=control:")) {
            out.control = line.mid(10).trimmed();
        }
    }
    finish();
    if (!video || video->media.codec == media::Codec::Unknown)
        return fail(ErrorKind::Unsupported, QStringLiteral("the server offers no video"));
    if (video->media.codec == media::Codec::Other)
        return fail(ErrorKind::Unsupported,
                    QStringLiteral("video codec %1 over RTSP is not handled here").arg(QString::fromLatin1(video->codecName.left(32))));
    out.video = std::move(video->media);
    return out;
}

} // namespace vedette::net
