// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vedette::agent {

class CommandDispatcher;
class HttpServer;

/// Offers POST /api/v1/command: a CommandRequest in, a CommandReply out, with the HTTP status of its error kind.
/// The dispatcher outlives the server.
void addCommandRoute(HttpServer &server, CommandDispatcher &dispatcher);

} // namespace vedette::agent
