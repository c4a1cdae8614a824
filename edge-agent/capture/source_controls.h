// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/protocol/control_range.h"

#include <QJsonObject>

#include <atomic>
#include <mutex>

namespace vedette::agent {

/// What the controls of one camera are to be, and what its open source allows. Commands change the former, the source
/// follows. Outlives the source. Thread-safe.
class SourceControls {
public:
    /// wanted: checked, by key of [camera.controls].
    explicit SourceControls(const QJsonObject &wanted) : m_wanted(wanted) {}

    /// Key → value, null to unset; all or nothing. InvalidInput names the key and what this camera allows; Unsupported for
    /// a control that it has not or that only an opening sets; Unavailable while no source with controls is open.
    Status change(const QJsonObject &given);

    QJsonObject wanted() const;
    std::uint64_t version() const { return m_version; } ///< grows with each change

    /// By the source: when it has been opened, and empty when it closes.
    void setRanges(const QList<protocol::ControlRange> &ranges);
    QList<protocol::ControlRange> ranges() const;

private:
    mutable std::mutex m_mutex; // guards the next two
    QJsonObject m_wanted;
    QList<protocol::ControlRange> m_ranges;
    std::atomic<std::uint64_t> m_version{0};
};

/// Whether the camera allows the value, which the settings table does already: InvalidInput or Unsupported with the reason.
/// 0 is automatic for shutter_us and gain, and so always allowed.
Status checkRange(const QList<protocol::ControlRange> &ranges, const QString &key, const QJsonValue &value);

} // namespace vedette::agent
