// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace vedette::media {

/// A file, by path or file: URL.
bool isLocalUrl(const QString &url);
/// For libavformat; a path may hold a colon, so it gets its protocol.
QByteArray nativeUrl(const QString &url);
/// libavformat's protocol_whitelist: a playlist or redirect from the network must not read local files.
const char *allowedProtocols(const QString &url);

} // namespace vedette::media
