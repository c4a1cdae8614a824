// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/settings/setting.h"

#include <QStringList>

namespace vedette::settings {

/// checkValue() without the key in its sentence. Values of kind Secret and Url are never repeated.
Result<QJsonValue> checkOnly(const Setting &setting, const QJsonValue &value);
/// A value written as text, as in the environment or the table's defaults, checked.
Result<QJsonValue> valueFromText(const Setting &setting, const QString &text);

/// "VEDETTE_MQTT_HOST" for mqtt.host.
QString environmentName(const Setting &setting);
/// What is allowed, in words: "1 to 65535", "auto, kernel or always"; empty when anything of the type is.
QString allowedText(const Setting &setting);
/// "integer", "text", …
QString typeName(Type type);

/// The candidate nearest to what was written, " (did you mean NAME?)"; empty when none is near.
QString suggestion(const QString &written, const QStringList &candidates);

/// Host names, addresses: the part of a stream URL between user part and path; empty when there is none.
QString hostOf(const QString &url);
/// The URL without its user part.
QString withoutUser(const QString &url);
bool hasUser(const QString &url);
QString withoutTrailingSlash(QString url);

} // namespace vedette::settings
