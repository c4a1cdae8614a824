// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QStringList>

namespace vedette::media {

/// FFmpeg's names of all its encoders for H.264 in 4:2:0 ("libx264", "h264_v4l2m2m" …), whether they open here or not. Reentrant.
QStringList h264Encoders();

/// Opens an encoder and has one small picture encoded: the only way to know that it works on this machine. The error says
/// why not, in FFmpeg's and the driver's words. A driver may hang in it. Reentrant.
Status checkEncoder(const QString &name);

} // namespace vedette::media
