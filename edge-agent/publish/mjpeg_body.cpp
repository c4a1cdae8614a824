// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/mjpeg_body.h"

#include "core/protocol/capture_jpeg.h"

namespace vedette::agent {
namespace {

constexpr char kDelimiter[] = "--vedette\r\n";

} // namespace

QByteArray captureTimeOf(const JpegPicture &picture)
{
    return picture.capture ? protocol::captureTimeText(*picture.capture) : QByteArrayLiteral("unknown");
}

QByteArray MjpegBody::read()
{
    const JpegPtr picture = m_reader->take();
    if (!picture)
        return {};
    QByteArray out;
    out.reserve(static_cast<qsizetype>(picture->data.size()) + 512);
    if (!m_begun)
        out += kDelimiter;
    m_begun = true;
    out += "Content-Type: image/jpeg\r\nContent-Length: " + QByteArray::number(static_cast<qulonglong>(picture->data.size())) + "\r\n"
        + protocol::kCaptureTimeHeader + ": " + captureTimeOf(*picture) + "\r\n\r\n";
    out.append(reinterpret_cast<const char *>(picture->data.data()), static_cast<qsizetype>(picture->data.size()));
    // The next part's delimiter at once: browsers show a part when it has ended (RFC 2046, 5.1.1), not when it is complete.
    return out + "\r\n" + kDelimiter;
}

} // namespace vedette::agent
