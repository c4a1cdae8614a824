// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"
#include "core/media/scaler.h"
#include "core/media/stroke_font.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/encode/picture_size.h"

#include <optional>

namespace vedette::agent {

/// Writes name and capture time into the lower left corner of pictures, bright on a darkened box, so that they are there
/// whatever shows or stores the stream. Letters are 1/30 of the picture high, smaller where a line would not fit. A name
/// that the font cannot write is replaced by the camera's id. Thread-bound.
class BurnIn {
public:
    /// By the setting burn_in: "none", "name", "time" or "both".
    explicit BurnIn(const settings::CameraSettings &settings);

    bool wanted() const { return m_name || m_time; }
    /// The picture in this size, written on; the picture itself where nothing is wanted. Errors as of Scaler::toYuv420().
    Result<media::Frame> draw(const media::Frame &frame, PictureSize size);

private:
    QStringList lines(const media::Frame &frame, int letters) const;

    const bool m_name;
    const bool m_time;
    const QString m_text; ///< the name as it can be written
    media::Scaler m_scaler;
    std::optional<media::StrokeFont> m_font; ///< for m_size
    PictureSize m_size;
};

} // namespace vedette::agent
