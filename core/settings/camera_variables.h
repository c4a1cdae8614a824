// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/settings/agent_settings.h"
#include "core/settings/setting.h"

#include <QJsonValue>

#include <span>

namespace vedette::settings {

/// One environment name that deployments from before Vedette set. Where key is a setting of a camera or of its controls, that
/// row of the settings table checks the value; type and choices do otherwise.
struct CameraVariable {
    QLatin1String name;    ///< "CAMERA_WIDTH"; "CAMERA<n>_RTSP_URL" stands for all numbers
    QLatin1String key;     ///< "width"; empty: none
    Type type;
    QLatin1String choices;
    QLatin1String help;    ///< one sentence
};
std::span<const CameraVariable> cameraVariables();
/// The row of [[camera]] or [camera.controls] that the variable's key names; null: none.
const Setting *settingOf(const CameraVariable &variable);

/// What the environment says by these names, checked. A name that is set but empty counts as not set.
struct CameraOverrides {
    struct Value {
        QString variable;
        const Setting *setting = nullptr; ///< of Scope Camera or CameraControls
        QJsonValue value;
    };
    struct Source {
        QString variable;
        QString id;        ///< "1"
        QString url;
    };
    QList<Value> values;   ///< rule over the file for every camera
    QList<Source> sources; ///< by number
    QString pushUrl;       ///< CAMERA_RTSP_URL
    QString hlsUrl;        ///< CAMERA_HLS_URL
    QStringList unknown;   ///< begin with CAMERA, mean nothing
    QList<Problem> problems;
    bool any = false;      ///< one is set, good or bad
};
CameraOverrides readCameraOverrides(const QHash<QString, QString> &environment);

/// Whether a camera of this source has the setting (Scope Camera or CameraControls): one that it has not is without effect.
bool hasEffect(const Setting &setting, const QString &source);

} // namespace vedette::settings
