// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QString>

#include <stop_token>

namespace vedette::net {

/// Whether the name has an address, by libcurl's resolver, which a stop and a deadline end at once. For libraries whose own
/// look-up can do neither: asked right after this, it has the answer. Unavailable names the host; Timeout, Cancelled.
Status lookUpHost(const QString &host, milliseconds timeout, std::stop_token stop);

} // namespace vedette::net
