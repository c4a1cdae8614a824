// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/interrupt.h"

struct AVDictionary;
struct AVIOContext;

namespace vedette::media {

/// Opens the body of an HTTP answer into out, which the caller closes with avio_closep() whatever comes back. A page for people
/// (log in, not found), which many devices send with 200, is Corrupt. name: the address without credentials, for errors.
Status openHttpBody(const QByteArray &url, const QString &name, Interrupt &interrupt, AVDictionary **dictionary, AVIOContext *&out);

/// Whether the server gives no byte ranges of it; false for none.
bool lacksRanges(const AVIOContext *body);
/// Why an MP4 from such a server cannot be read: its index (moov, ISO/IEC 14496-12) has to come first.
Error indexBehindPictures(const QString &name);

} // namespace vedette::media
