// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"

#include <QHash>

namespace vedette::settings {

/// Where "{key}" stands in the address of a target.
inline constexpr auto kKeyMark = "{key}";

/// The first line of the file, which nobody but its owner may read, or the variable's value; empty when neither is named.
/// The error names file or variable.
Result<Secret> readTargetKey(const QString &file, const QString &variable, const QHash<QString, QString> &environment);

/// The address with its key, percent-encoded, in the place of "{key}" or, for RTMP, as the last part of the path.
/// InvalidInput when one of the two lacks the other.
Result<Secret> targetUrl(const QString &url, const Secret &key);

/// The address for people: no user part, no key. The last part of an RTMP path is its stream key by custom, so it is hidden
/// unless the key comes from elsewhere.
QString shownTargetUrl(const QString &url, bool hasKey);

/// The address of a camera's stream on a relay: "rtsp://HOST:8554" and "gate" give "rtsp://HOST:8554/gate"; the sub stream
/// is below it: "rtsp://HOST:8554/gate/sub".
QString relayStreamUrl(const QString &relayUrl, const QString &camera, const QString &stream = QStringLiteral("main"));

/// What two addresses of one place have in common, whoever asks and by which transport. Holds secrets.
QString placeOf(const QString &url);

} // namespace vedette::settings
