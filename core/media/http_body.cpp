// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/http_body.h"

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
}

namespace vedette::media {

Status openHttpBody(const QByteArray &url, const QString &name, Interrupt &interrupt, AVDictionary **dictionary, AVIOContext *&out)
{
    const AVIOInterruptCB callback = interrupt.callback();
    const int code = avio_open2(&out, url.constData(), AVIO_FLAG_READ, &callback, dictionary);
    if (code < 0)
        return fail(interrupt.error(code, name));
    std::uint8_t *type = nullptr;
    const bool known = av_opt_get(out, "mime_type", AV_OPT_SEARCH_CHILDREN, &type) >= 0 && type;
    const QString mime = known ? QString::fromUtf8(reinterpret_cast<const char *>(type)) : QString();
    av_free(type);
    if (mime.startsWith(QLatin1String("text/html"), Qt::CaseInsensitive)) // libavformat would only say that it ended
        return fail(ErrorKind::Corrupt, name + QStringLiteral(": the server answers with a web page, not with video"));
    return {};
}

bool lacksRanges(const AVIOContext *body)
{
    return body && (body->seekable & AVIO_SEEKABLE_NORMAL) == 0;
}

Error indexBehindPictures(const QString &name)
{
    return {ErrorKind::Corrupt,
            name + QStringLiteral(": the index of this MP4 stands behind its pictures, and the server gives no byte ranges; put the index in "
                                  "front (ffmpeg -c copy -movflags +faststart)"), nullptr};
}

} // namespace vedette::media
