// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <functional>

namespace vedette::agent {

class Catalog;
class HttpServer;

/// Offers what is recorded: /api/v1/coverage, /api/v1/recordings (paged) and the files themselves, /recordings/<id> by byte
/// ranges, and /recordings/<id>/thumb.jpg, made by a thread of its own. A file is named by its id, never by a path. Of a segment that is being recorded only whole fragments are
/// served, with Content-Range "bytes a-b/*", an ETag that changes with its length and X-Segment-Open: 1. Answers are made
/// on the catalog's thread, so that the main thread waits for no disk. catalog: or why there is
/// none; asked on the main thread each time, and what it gives outlives the server.
void addRecordingRoutes(HttpServer &server, const std::function<Result<Catalog *>()> &catalog, const Clock &clock);

} // namespace vedette::agent
