// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/libcamera_controls.h"

#include "core/settings/camera_controls.h"
#include "edge-agent/capture/source_controls.h"

#include <libcamera/geometry.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>

namespace vedette::agent {
namespace {

using libcamera::ControlId;
using libcamera::ControlInfo;
using libcamera::ControlInfoMap;
using libcamera::ControlList;
using libcamera::ControlValue;

struct Word {
    const char *ours;
    int theirs;
};
// The numbers are libcamera's interface: AwbModeEnum, AeExposureModeEnum and so on.
constexpr std::array kAwb{Word{"auto", 0},   Word{"incandescent", 1}, Word{"tungsten", 2}, Word{"fluorescent", 3},
                          Word{"indoor", 4}, Word{"daylight", 5},     Word{"cloudy", 6},   Word{"custom", 7}};
constexpr std::array kExposure{Word{"normal", 0}, Word{"short", 1}, Word{"long", 2}, Word{"custom", 3}};
constexpr std::array kMetering{Word{"centre", 0}, Word{"spot", 1}, Word{"matrix", 2}, Word{"custom", 3}};
constexpr std::array kDenoise{Word{"off", 0}, Word{"fast", 1}, Word{"high_quality", 2}, Word{"minimal", 3}};
constexpr std::array kHdr{Word{"off", 0}, Word{"multi_exposure", 2}, Word{"single_exposure", 3}, Word{"night", 4}};
constexpr std::array kFocus{Word{"manual", 0}, Word{"auto", 1}, Word{"continuous", 2}};
constexpr int kManual = 1; // ExposureTimeMode, AnalogueGainMode
constexpr int kFocusManual = 0;
constexpr int kTriggerStart = 0; // AfTrigger

struct Mapping {
    const char *key;
    const char *name;
    std::span<const Word> words;
    const char *mode = nullptr; ///< a control that says automatic (0) or manual, since libcamera 0.5
};
constexpr std::array kMappings{
    Mapping{"awb", "AwbMode", kAwb},           Mapping{"exposure", "AeExposureMode", kExposure},
    Mapping{"metering", "AeMeteringMode", kMetering}, Mapping{"shutter_us", "ExposureTime", {}, "ExposureTimeMode"},
    Mapping{"gain", "AnalogueGain", {}, "AnalogueGainMode"}, Mapping{"ev", "ExposureValue", {}},
    Mapping{"brightness", "Brightness", {}},   Mapping{"contrast", "Contrast", {}},
    Mapping{"saturation", "Saturation", {}},   Mapping{"sharpness", "Sharpness", {}},
    Mapping{"denoise", "NoiseReductionMode", kDenoise}, Mapping{"hdr", "HdrMode", kHdr},
    Mapping{"autofocus", "AfMode", kFocus},    Mapping{"lens_position", "LensPosition", {}},
    Mapping{"roi", "ScalerCrop", {}},
};

const std::pair<const ControlId *const, ControlInfo> *find(const ControlInfoMap &camera, const char *name)
{
    const auto found = std::find_if(camera.begin(), camera.end(), [name](const auto &each) { return each.first->name() == name; });
    return found == camera.end() ? nullptr : &*found;
}

std::optional<double> number(const ControlValue &value)
{
    if (value.isArray())
        return std::nullopt;
    switch (value.type()) {
    case libcamera::ControlTypeBool: return value.get<bool>();
    case libcamera::ControlTypeByte: return value.get<std::uint8_t>();
    case libcamera::ControlTypeInteger32: return value.get<std::int32_t>();
    case libcamera::ControlTypeInteger64: return static_cast<double>(value.get<std::int64_t>());
    case libcamera::ControlTypeFloat: return static_cast<double>(value.get<float>());
    default: return std::nullopt;
    }
}

/// In the control's own type.
void set(ControlList &list, const ControlId &id, double value)
{
    switch (id.type()) {
    case libcamera::ControlTypeBool: list.set(id.id(), ControlValue(value != 0)); break;
    case libcamera::ControlTypeByte: list.set(id.id(), ControlValue(static_cast<std::uint8_t>(value))); break;
    case libcamera::ControlTypeInteger32: list.set(id.id(), ControlValue(static_cast<std::int32_t>(std::lround(value)))); break;
    case libcamera::ControlTypeInteger64: list.set(id.id(), ControlValue(static_cast<std::int64_t>(std::llround(value)))); break;
    case libcamera::ControlTypeFloat: list.set(id.id(), ControlValue(static_cast<float>(value))); break;
    default: break;
    }
}

void setNamed(ControlList &list, const ControlInfoMap &camera, const char *name, double value)
{
    if (const auto *control = find(camera, name))
        set(list, *control->first, value);
}

QStringList wordsOf(const Mapping &mapping, const ControlInfo &info)
{
    QStringList words;
    for (const Word &word : mapping.words) {
        const auto &values = info.values();
        const auto least = number(info.min());
        const auto most = number(info.max());
        const bool has = values.empty() ? least && most && word.theirs >= *least && word.theirs <= *most
                                        : std::any_of(values.begin(), values.end(), [&word](const ControlValue &each) { return number(each) == word.theirs; });
        if (has)
            words.append(QString::fromLatin1(word.ours));
    }
    if (words.size() > 0 && std::strcmp(mapping.key, "denoise") == 0)
        words.prepend(QStringLiteral("auto"));
    return words;
}

std::optional<int> theirs(const Mapping &mapping, const QString &word)
{
    for (const Word &each : mapping.words) {
        if (word == QLatin1String(each.ours))
            return each.theirs;
    }
    return std::nullopt;
}

void setCrop(ControlList &list, const ControlId &id, const ControlInfo &info, const QRectF &part)
{
    const auto most = info.max().get<libcamera::Rectangle>();
    const auto along = [](double share, unsigned int size) { return static_cast<int>(std::lround(share * size)); };
    const libcamera::Rectangle crop(most.x + along(part.x(), most.width), most.y + along(part.y(), most.height),
                                    static_cast<unsigned int>(along(part.width(), most.width)),
                                    static_cast<unsigned int>(along(part.height(), most.height)));
    list.set(id.id(), ControlValue(crop));
}

void apply(ControlList &list, const ControlInfoMap &camera, const Mapping &mapping, const ControlId &id, const ControlInfo &info,
           const QJsonValue &value)
{
    if (id.type() == libcamera::ControlTypeRectangle) {
        if (const auto part = settings::parseRoi(value.toString()))
            setCrop(list, id, info, *part);
        return;
    }
    if (!mapping.words.empty()) {
        if (const auto word = theirs(mapping, value.toString()))
            set(list, id, *word);
        else if (!info.def().isNone()) // "auto" of denoise
            list.set(id.id(), info.def());
        return;
    }
    if (mapping.mode)
        setNamed(list, camera, mapping.mode, value.toDouble() > 0 ? kManual : 0);
    if (!mapping.mode || value.toDouble() > 0 || !find(camera, mapping.mode))
        set(list, id, value.toDouble()); // before 0.5 an exposure time or gain of 0 is automatic
}

void unset(ControlList &list, const ControlInfoMap &camera, const Mapping &mapping, const ControlId &id, const ControlInfo &info)
{
    if (mapping.mode)
        setNamed(list, camera, mapping.mode, 0);
    if (mapping.mode && !find(camera, mapping.mode))
        set(list, id, 0);
    else if (!mapping.mode && id.type() == libcamera::ControlTypeRectangle)
        setCrop(list, id, info, QRectF(0, 0, 1, 1));
    else if (!mapping.mode && !info.def().isNone())
        list.set(id.id(), info.def());
}

} // namespace

QList<protocol::ControlRange> controlRanges(const ControlInfoMap &camera)
{
    QList<protocol::ControlRange> out;
    for (const Mapping &mapping : kMappings) {
        const auto *control = find(camera, mapping.name);
        if (!control)
            continue;
        const ControlInfo &info = control->second;
        protocol::ControlRange range{QString::fromLatin1(mapping.key), number(info.min()).value_or(0), number(info.max()).value_or(0), {}, wordsOf(mapping, info)};
        if (mapping.words.empty())
            range.byDefault = number(info.def());
        else
            range.minimum = range.maximum = 0;
        if (mapping.words.empty() || !range.words.isEmpty())
            out.append(range);
    }
    std::sort(out.begin(), out.end(), [](const auto &a, const auto &b) { return a.key < b.key; });
    return out;
}

void fillControls(ControlList &list, const ControlInfoMap &camera, const QJsonObject &wanted, const QJsonObject &before,
                  const std::function<void(const QString &)> &refused)
{
    const auto ranges = controlRanges(camera);
    for (const Mapping &mapping : kMappings) {
        const QString key = QString::fromLatin1(mapping.key);
        const QJsonValue value = wanted.value(key);
        const auto *control = find(camera, mapping.name);
        if (value == before.value(key))
            continue;
        if (value.isUndefined()) {
            if (control)
                unset(list, camera, mapping, *control->first, control->second);
        } else if (const auto good = checkRange(ranges, key, value); !good) {
            refused(good.error().detail);
        } else if (control) {
            apply(list, camera, mapping, *control->first, control->second, value);
        }
    }
    const QString focus = wanted.value(QLatin1String("autofocus")).toString();
    if (focus.isEmpty() && wanted.contains(QLatin1String("lens_position")))
        setNamed(list, camera, "AfMode", kFocusManual);
    if (focus == QLatin1String("auto") && before.value(QLatin1String("autofocus")).toString() != focus)
        setNamed(list, camera, "AfTrigger", kTriggerStart);
}

bool setInterval(ControlList &list, const ControlInfoMap &camera, double framerate)
{
    const auto *control = find(camera, "FrameDurationLimits");
    if (!control)
        return false;
    auto interval = static_cast<std::int64_t>(std::llround(1e6 / framerate));
    if (const auto least = number(control->second.min()), most = number(control->second.max()); least && most && *least < *most)
        interval = std::clamp(interval, static_cast<std::int64_t>(*least), static_cast<std::int64_t>(*most));
    const std::array<std::int64_t, 2> limits{interval, interval};
    list.set(control->first->id(), ControlValue(libcamera::Span<const std::int64_t>(limits)));
    return true;
}

} // namespace vedette::agent
