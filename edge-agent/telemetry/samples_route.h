// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace vedette::agent {

class HttpServer;
class Spool;

inline constexpr int kDefaultSamples = 1000; ///< rows of one answer when no limit is asked for
inline constexpr int kMaxSamples = 5000;     ///< about 3 MiB of JSON

/// Offers GET /api/v1/samples?since=&spool=&limit=: the spool's rows after a sequence as one SampleBatch. A spool id that
/// is not this one's asks from the start. The spool outlives the server.
void addSamplesRoute(HttpServer &server, const QString &agent, const Spool &spool);

} // namespace vedette::agent
