// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QJsonValue>
#include <QLatin1String>
#include <QString>

#include <span>

namespace vedette::settings {

enum class Type : std::uint8_t { Boolean, Integer, Number, Text, Choice, Path, Url, Id, Secret };
/// Agent: "[group]" and key of the agent; the others: a section of each camera.
enum class Scope : std::uint8_t { Agent, Camera, CameraSub, CameraRecording, CameraControls, CameraTarget };
/// What a change of the value restarts.
enum class Restarts : std::uint8_t { Nothing, Camera, Agent };

/// One row of the one table that parsing, validation, environment overrides, the example file, the JSON
/// Schema, forms and the reference page come from. The environment name is VEDETTE_ and the key in capitals with '_'
/// for '.': mqtt.host is VEDETTE_MQTT_HOST (agent scope only).
struct Setting {
    QLatin1String key;           ///< "mqtt.host"; keys of a camera and its parts have no prefix: "framerate"
    Scope scope;
    Type type;
    QLatin1String unit;          ///< "px", "kbit/s", "frames/s", "" …
    double minimum;              ///< for Integer and Number
    double maximum;              ///< for Text the most characters, 0: 4096
    QLatin1String choices;       ///< for Choice: words separated by '|'; for Integer: the only numbers, or empty
    QLatin1String defaultValue;  ///< as written in TOML without quotes; "" = not set
    Restarts restarts;
    QLatin1String help;          ///< one sentence
};

std::span<const Setting> settingsTable();
/// "camera", "camera.sub", "camera.recording", "camera.controls", "camera.target"; empty for Agent, whose keys begin with their section.
QLatin1String sectionOf(Scope scope);
const Setting *findSetting(Scope scope, QStringView key);

/// The value as it will be used (Integer → JSON integer, Path → text …) or InvalidInput that names key, value and what is allowed.
Result<QJsonValue> checkValue(const Setting &setting, const QJsonValue &value);

} // namespace vedette::settings
