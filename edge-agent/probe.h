// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/probe_report.h"

namespace vedette::agent {

/// Looks at this machine: asks everything at the same time and waits for nothing longer than limit. What has not answered
/// by then is told as such, overdue is set, and its thread is left behind: the caller then ends the process by
/// std::_Exit(). The V4L2 system outlives the process's threads.
ProbeReport probe(V4l2System &v4l2, milliseconds limit);

/// "vedette-agent probe [--json]" with the arguments after "probe". Exit code: 0 when there is a usable camera and an
/// encoder, 1 when not, 2 for bad arguments.
int runProbe(const QStringList &arguments);

} // namespace vedette::agent
