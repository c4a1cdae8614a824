// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/protocol/control_range.h"

#include <QList>
#include <QSize>

namespace vedette::agent {

/// One format of a camera of this machine and the sizes that it comes in.
struct CameraMode {
    QString format;      ///< as its driver's library names it: "NV12"
    QList<QSize> sizes;  ///< px; the smallest and the largest where all between are possible
    bool anySize = false;///< … as here
};

/// One camera of this machine, as `vedette-agent probe` lists it and setting `device` names it.
struct LocalCamera {
    QString id;          ///< unique on this machine, the same after a restart
    QString model;       ///< "imx708"; empty: unknown
    QList<CameraMode> modes;
    QList<protocol::ControlRange> controls;
};

/// The cameras that libcamera finds, in the order that `device` counts them. Blocks for up to some 100 ms; any thread.
/// Unsupported in a build without libcamera; an empty list is no error.
Result<QList<LocalCamera>> listLibcameras();

} // namespace vedette::agent
