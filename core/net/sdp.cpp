// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/sdp.h"

#include <array>

namespace vedette::net {
namespace {

constexpr qsizetype kMaxSdp = 64 << 10;

void appendParameterSets(media::Bytes &out, const QByteArray &base64List)
{
    for (const QByteArray &part : base64List.split(',')) {
        const auto decoded = QByteArray::fromBase64Encoding(part.trimmed());
        if (!decoded || decoded.decoded.isEmpty())
            continue;
        constexpr std::array<std::uint8_t, 4> startCode{0, 0, 0, 1};
        out.insert(out.end(), startCode.begin(), startCode.end());
        out.insert(out.end(), decoded.decoded.begin(), decoded.decoded.end());
    }
}

void readFormatParameters(SdpVideo &video, const QByteArray &parameters)
{
    for (const QByteArray &parameter : parameters.split(';')) {
        const qsizetype equals = parameter.indexOf('=');
        const QByteArray key = parameter.left(equals).trimmed().toLower();
        if (key == "sprop-parameter-sets" || key == "sprop-vps" || key == "sprop-sps" || key == "sprop-pps")
            appendParameterSets(video.parameterSets, parameter.mid(equals + 1));
    }
}

/// "96 H264/90000" → what follows the number when it is this payload type's.
QByteArray forPayload(const QByteArray &value, int payloadType)
{
    const qsizetype space = value.indexOf(' ');
    return space > 0 && value.left(space).toInt() == payloadType ? value.mid(space + 1).trimmed() : QByteArray();
}

void readRtpMap(SdpVideo &video, const QByteArray &map, QByteArray &codecName)
{
    const QList<QByteArray> parts = map.split('/');
    codecName = parts.first();
    const QByteArray upper = codecName.toUpper();
    video.codec = upper == "H264" ? media::Codec::H264 : upper == "H265" || upper == "HEVC" ? media::Codec::H265 : media::Codec::Other;
    const unsigned rate = parts.size() > 1 ? parts[1].toUInt() : 0;
    video.clockRate = rate > 0 ? rate : 90'000;
}

} // namespace

Result<SdpVideo> parseSdpVideo(const QByteArray &sdp)
{
    if (sdp.size() > kMaxSdp || !sdp.trimmed().startsWith("v="))
        return fail(ErrorKind::Corrupt, QStringLiteral("the server's description is no SDP"));
    SdpVideo video;
    QByteArray codecName;
    bool inVideo = false;
    bool inSession = true;
    for (const QByteArray &raw : sdp.split('\n')) {
        const QByteArray line = raw.trimmed();
        if (line.startsWith("m=")) {
            if (inVideo)
                break; // the first video is the one
            inSession = false;
            inVideo = line.startsWith("m=video ");
            const QList<QByteArray> fields = line.split(' ');
            if (inVideo && fields.size() >= 4)
                video.payloadType = fields[3].toInt();
        } else if (line.startsWith("a=control:") && (inVideo || inSession)) {
            (inVideo ? video.control : video.sessionControl) = line.mid(10).trimmed();
        } else if (inVideo && line.startsWith("a=rtpmap:")) {
            if (const QByteArray map = forPayload(line.mid(9), video.payloadType); !map.isEmpty())
                readRtpMap(video, map, codecName);
        } else if (inVideo && line.startsWith("a=fmtp:")) {
            readFormatParameters(video, forPayload(line.mid(7), video.payloadType));
        } else if (inVideo && line.startsWith("a=framerate:")) {
            const double rate = line.mid(12).toDouble();
            video.framerate = rate > 0 && rate < 1000 ? rate : 0;
        }
    }
    if (inSession || video.codec == media::Codec::Unknown)
        return fail(ErrorKind::Unsupported, QStringLiteral("the server offers no video"));
    if (video.codec == media::Codec::Other)
        return fail(ErrorKind::Unsupported,
                    QStringLiteral("video codec %1 over RTSP is not handled here").arg(QString::fromLatin1(codecName.left(32))));
    return video;
}

} // namespace vedette::net
