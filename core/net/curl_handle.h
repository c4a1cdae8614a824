// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <QString>

#include <curl/curl.h>

namespace vedette::net {

inline constexpr std::size_t kMostHttpHeader = 64U << 10; ///< bytes of the header of an answer

/// What every GET of ours has in common: http and https only, TLS 1.2 at least, no proxy, no signals, Basic and Digest.
/// detail: CURL_ERROR_SIZE bytes that live as long as the handle.
void setUpGet(CURL *easy, milliseconds connectTimeout, const QString &caFile, char *detail);

} // namespace vedette::net
