// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <utility>

namespace vedette::agent {

using Readings = QList<std::pair<QString, double>>;

/// Something that measures. Keys are those of protocol::seriesTable(). Main thread; read() takes at most a few
/// milliseconds. A value that cannot be read now is absent, never zero or NaN.
class Sensor {
public:
    virtual ~Sensor() = default;
    virtual Readings read() = 0;
};

} // namespace vedette::agent
