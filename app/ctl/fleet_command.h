// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/surroundings.h"
#include "core/control/fleet_store.h"

#include <QJsonObject>
#include <QStringList>

namespace vedette::app {

/// The fleet as one JSON object: {"agents":[{… status …,"online":…,"cameras":[{…,"state":…}]}]}.
QJsonObject fleetJson(const control::FleetStore &store);
/// The same for people.
QString fleetText(const control::FleetStore &store);

/// "vedettectl fleet": waits until all that can answer have, at most --seconds; 0 when an agent is online.
int runFleet(const QStringList &arguments, Surroundings &around);

} // namespace vedette::app
