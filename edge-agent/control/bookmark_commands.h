// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <QStringList>

namespace vedette::agent {

class Bookmarks;
class CommandDispatcher;
class HttpServer;

/// The commands bookmark and unbookmark of docs/api.md, for these cameras. Main thread; what is given outlives the dispatcher.
void offerBookmarkCommands(CommandDispatcher &dispatcher, Bookmarks &bookmarks, const QStringList &cameras, const Clock &clock);
/// GET /api/v1/bookmarks?camera=&from=&to=, all optional. Before start(); the bookmarks outlive the server.
void addBookmarkRoute(HttpServer &server, Bookmarks &bookmarks);

} // namespace vedette::agent
