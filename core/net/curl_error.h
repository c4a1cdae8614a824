// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <curl/curl.h>

namespace vedette::net {

/// Once for the process; thread-safe.
void initialiseCurl();
/// The one place where libcurl's codes become kinds.
Error curlError(CURLcode code);
/// The one place where HTTP statuses become kinds.
Error httpError(long status);

} // namespace vedette::net
