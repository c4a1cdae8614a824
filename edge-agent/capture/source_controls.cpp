// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/source_controls.h"

#include "core/settings/camera_controls.h"
#include "core/settings/setting.h"

#include <algorithm>

namespace vedette::agent {
namespace {

using settings::Scope;

tl::unexpected<Error> refuse(const QString &key, const QString &sentence)
{
    return fail(ErrorKind::InvalidInput, QStringLiteral("%1: %2").arg(key, sentence));
}

} // namespace

Status checkRange(const QList<protocol::ControlRange> &ranges, const QString &key, const QJsonValue &value)
{
    const auto found = std::find_if(ranges.begin(), ranges.end(), [&key](const protocol::ControlRange &each) { return each.key == key; });
    if (found == ranges.end())
        return fail(ErrorKind::Unsupported, QStringLiteral("%1: this camera has no such control.").arg(key));
    if (!found->words.isEmpty() && !found->words.contains(value.toString()))
        return refuse(key, QStringLiteral("is \"%1\"; this camera allows %2.").arg(value.toString(), found->words.join(QStringLiteral(", "))));
    const bool automatic = (key == QLatin1String("shutter_us") || key == QLatin1String("gain")) && value.toDouble() == 0;
    if (value.isDouble() && !automatic && found->minimum < found->maximum && (value.toDouble() < found->minimum || value.toDouble() > found->maximum))
        return refuse(key, QStringLiteral("is %1; this camera allows %2 to %3.").arg(value.toDouble()).arg(found->minimum).arg(found->maximum));
    return {};
}

Status SourceControls::change(const QJsonObject &given)
{
    if (given.isEmpty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("No control is named."));
    const auto checked = settings::checkControls(given);
    if (!checked)
        return fail(checked.error());
    std::lock_guard lock(m_mutex);
    if (m_ranges.isEmpty())
        return fail(ErrorKind::Unavailable, QStringLiteral("The camera is not open, or has no controls."));
    QJsonObject wanted = m_wanted;
    for (auto each = checked->begin(); each != checked->end(); ++each) {
        if (settings::findSetting(Scope::CameraControls, each.key())->restarts != settings::Restarts::Nothing)
            return fail(ErrorKind::Unsupported, QStringLiteral("%1: is set when the camera is opened; change it in the settings.").arg(each.key()));
        if (each.value().isNull()) {
            wanted.remove(each.key());
            continue;
        }
        if (auto good = checkRange(m_ranges, each.key(), each.value()); !good)
            return good;
        wanted.insert(each.key(), each.value());
    }
    if (const auto wrong = settings::findWrongControl(wanted))
        return refuse(wrong->key, wrong->sentence);
    m_wanted = wanted;
    ++m_version;
    return {};
}

QJsonObject SourceControls::wanted() const
{
    std::lock_guard lock(m_mutex);
    return m_wanted;
}

void SourceControls::setRanges(const QList<protocol::ControlRange> &ranges)
{
    std::lock_guard lock(m_mutex);
    m_ranges = ranges;
}

QList<protocol::ControlRange> SourceControls::ranges() const
{
    std::lock_guard lock(m_mutex);
    return m_ranges;
}

} // namespace vedette::agent
