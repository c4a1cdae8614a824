// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/camera_controls.h"

#include "core/base/secret.h"
#include "core/settings/setting.h"
#include "core/settings/setting_check.h"

#include <QStringList>

#include <array>
#include <cmath>

namespace vedette::settings {
namespace {

constexpr double kRounding = 1e-6; // of decimal fractions such as 0.1 + 0.9
constexpr double kLeastSide = 0.01;

} // namespace

std::optional<QRectF> parseRoi(const QString &text)
{
    const QStringList words = text.split(u',');
    if (words.size() != 4)
        return std::nullopt;
    std::array<double, 4> part{};
    for (std::size_t i = 0; i < part.size(); ++i) {
        bool good = false;
        part[i] = words[static_cast<qsizetype>(i)].trimmed().toDouble(&good);
        if (!good || !std::isfinite(part[i]) || part[i] < 0)
            return std::nullopt;
    }
    const auto [x, y, width, height] = part;
    if (width < kLeastSide || height < kLeastSide || x + width > 1 + kRounding || y + height > 1 + kRounding)
        return std::nullopt;
    return QRectF(x, y, width, height);
}

std::optional<WrongControl> findWrongControl(const QJsonObject &controls)
{
    const QString roi = controls.value(QLatin1String("roi")).toString();
    if (controls.contains(QLatin1String("roi")) && !parseRoi(roi))
        return WrongControl{QStringLiteral("roi"), QStringLiteral("is \"%1\"; allowed is \"x,y,width,height\" in parts of 1, within the picture")
                                                       .arg(redact(roi.left(60)).simplified())};
    const QString focus = controls.value(QLatin1String("autofocus")).toString();
    if (controls.contains(QLatin1String("lens_position")) && !focus.isEmpty() && focus != QLatin1String("manual"))
        return WrongControl{QStringLiteral("lens_position"), QStringLiteral("needs autofocus \"manual\", which is \"%1\"").arg(focus)};
    return std::nullopt;
}

Result<QJsonObject> checkControls(const QJsonObject &given)
{
    QStringList keys;
    for (const Setting &setting : settingsTable()) {
        if (setting.scope == Scope::CameraControls)
            keys.append(setting.key);
    }
    QJsonObject out;
    for (auto each = given.begin(); each != given.end(); ++each) {
        const Setting *setting = findSetting(Scope::CameraControls, each.key());
        if (!setting)
            return fail(ErrorKind::InvalidInput, QStringLiteral("%1: there is no such control%2")
                                                     .arg(redact(each.key().left(64)).simplified(), suggestion(each.key(), keys)));
        if (each.value().isNull()) {
            out.insert(each.key(), QJsonValue::Null);
            continue;
        }
        const auto value = checkValue(*setting, each.value());
        if (!value)
            return fail(value.error());
        out.insert(each.key(), *value);
    }
    if (const auto wrong = findWrongControl(out))
        return fail(ErrorKind::InvalidInput, wrong->key + QStringLiteral(": ") + wrong->sentence);
    return out;
}

} // namespace vedette::settings
