// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <curl/curl.h>

namespace vedette::net {

/// Once for the process; thread-safe.
void initialiseCurl();
/// The one place where libcurl's codes become kinds. detail: of CURLOPT_ERRORBUFFER, said for certificates.
Error curlError(CURLcode code, const char *detail = nullptr);
/// The one place where HTTP statuses become kinds. body: what came with it; an agent's {"error":{"detail":…}} or MediaMTX's {"error":…} is told.
Error httpError(long status, const QByteArray &body = {});

} // namespace vedette::net
