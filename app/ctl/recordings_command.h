// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/surroundings.h"
#include "core/protocol/coverage.h"
#include "core/protocol/recording.h"

#include <QJsonObject>
#include <QStringList>

namespace vedette::app {

/// "vedettectl recordings AGENT/CAMERA": every page, from the agent's own port.
int runRecordings(const QStringList &arguments, Surroundings &around);
/// "vedettectl coverage AGENT/CAMERA": the account of every second, with percentages.
int runCoverage(const QStringList &arguments, Surroundings &around);

/// As the agent gave it, with "percent": {"on_edge":98.5,"source_lost":1.5} of the whole.
QJsonObject coverageJson(const protocol::Coverage &coverage);
QString coverageText(const protocol::Coverage &coverage);
QString recordingsText(const protocol::RecordingPage &page);

} // namespace vedette::app
